/**
 * Whether an experiment may read files outside its workspace. The user decides: in the editor by a setting, on the command
 * line by TRANSFERSCOPE_OUTSIDE_PATHS = allow, warn or refuse. Who types a command has chosen the file, hence `warn` there.
 */
import path from 'node:path';
import type { PathRules } from '../shared/experiment/resolveData';
import { UserError } from '../shared/errors';
import { depthInWorkspace } from './data/placePath';

const VARIABLE = 'TRANSFERSCOPE_OUTSIDE_PATHS';
const choices = ['allow', 'warn', 'refuse'] as const;

/** The rules for the paths of an experiment file; throws UserError for a word that the variable may not have. */
export function pathRulesFor(file: string, env: NodeJS.ProcessEnv = process.env): PathRules {
  const typed = env[VARIABLE] || 'warn';
  const choice = choices.find((known) => known === typed);
  if (!choice) throw new UserError('config', `${VARIABLE} is "${typed}"; choose one of ${choices.join(', ')}`);
  const depth = depthInWorkspace(path.dirname(file));
  return {
    allowOutside: choice === 'allow',
    severity: choice === 'warn' ? 'warning' : 'error',
    ...(depth !== undefined && { depth }),
  };
}
