/** `report`: resolves what the user typed to run folders and hands over to the report's own module. */
import { resolve } from 'node:path';
import { resolveRun } from '../../runs/runStore';
import { reportCommand, type ReportFormat } from '../report/reportCommand';
import type { Surroundings } from '../terminal';

export interface ReportOptions {
  readonly format: ReportFormat;
  readonly out: string;
  readonly file?: string;
  readonly withCosts?: boolean;
}

export async function runReport(
  typed: readonly string[],
  options: ReportOptions,
  around: Surroundings,
): Promise<number> {
  const out = resolve(around.cwd, options.out);
  const runs = typed.map((name) => resolveRun(out, name));
  const file = options.file === undefined ? undefined : resolve(around.cwd, options.file);
  const code = await reportCommand(runs, { ...options, out, file });
  if (file !== undefined) around.stderr.write(`wrote ${file}\n`);
  return code;
}
