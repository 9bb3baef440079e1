/** `new`: an experiment file from a template, or the list of templates. Nothing that is there is ever overwritten. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import { suggest } from '../../shared/suggest';
import { checkName, fillTemplate, nameOfFile, templateGroups } from '../../shared/templates/experimentTemplate';
import type { ExperimentTemplate } from '../../shared/templates/experimentTemplate';
import { experimentTemplates } from '../../shared/templates/experimentTemplates';
import { EXIT, type ExitCode } from '../exitCodes';
import { makeFolder } from '../../runs/makeFolder';
import { wrapWords } from '../report/wrapWords';
import { selectPalette, type Surroundings } from '../terminal';

export interface NewOptions {
  /** Of experiment and file; the template's own when absent. */
  readonly name?: string;
  /** A file, or a folder that is there. */
  readonly out?: string;
}

/** Writes the template called `wanted`; lists all of them without one. */
export async function newCommand(
  wanted: string | undefined,
  options: NewOptions,
  around: Surroundings,
): Promise<ExitCode> {
  if (wanted === undefined) {
    if (options.name !== undefined || options.out !== undefined)
      throw new UserError('config', `which template? One of ${names().join(', ')}; write it after \`new\``);
    around.stdout.write(`${listTemplates(around)}\n`);
    return EXIT.done;
  }
  const template = findTemplate(wanted);
  const { name, file } = placeFile(template, options, around.cwd);
  await writeNew(path.resolve(around.cwd, file), { shown: file, text: fillTemplate(template, name) });
  around.stderr.write(`wrote ${file}: ${template.label}\n`);
  const isReady = template.group === 'Data included';
  if (!isReady) around.stderr.write('its paths are examples: put yours in their place, and check the file with:\n');
  around.stdout.write(`transferscope ${isReady ? 'run' : 'validate --data'} ${quote(file)}\n`);
  return EXIT.done;
}

function names(): string[] {
  return experimentTemplates.map(({ name }) => name);
}

function findTemplate(wanted: string): ExperimentTemplate {
  const found = experimentTemplates.find(({ name }) => name === wanted);
  if (found) return found;
  const nearest = suggest(wanted, names());
  const advice = nearest === undefined ? `there are ${names().join(', ')}` : `did you mean \`${nearest}\`?`;
  throw new UserError('config', `there is no template \`${wanted}\`; ${advice}`);
}

/** The experiment's name, and its file as the user would write it. */
function placeFile(
  template: ExperimentTemplate,
  { name, out }: NewOptions,
  cwd: string,
): { name: string; file: string } {
  const wrong = name === undefined ? undefined : checkName(name);
  if (wrong !== undefined) throw new UserError('config', `"${name}" is no name for an experiment: ${wrong}`);
  if (out === undefined || isFolder(path.resolve(cwd, out))) {
    const chosen = name ?? template.name;
    return { name: chosen, file: path.join(out ?? '', `${chosen}.transfer.yaml`) };
  }
  if (!/\.transfer\.ya?ml$/.test(out))
    throw new UserError('config', `an experiment file ends in .transfer.yaml, and "${out}" does not; add that`);
  return { name: name ?? nameOfFile(out) ?? template.name, file: out };
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    // Whatever is wrong with it shows when the file is written.
    return false;
  }
}

async function writeNew(
  file: string,
  { shown, text }: { readonly shown: string; readonly text: string },
): Promise<void> {
  await makeFolder(path.dirname(file), 'give another --out');
  let isOurs = false;
  try {
    writeFileSync(file, '', { flag: 'wx' });
    isOurs = true;
    writeFileSync(file, text);
  } catch (error) {
    // A disk that is full leaves no beginning of a file.
    if (isOurs) rmSync(file, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UserError('config', `${shown} is there already and stays as it is; give another --name or --out`);
    throw new UserError('storage', `cannot write ${shown}: ${message}; mend that, or give another --out`);
  }
}

/** In groups; details are broken to the terminal's width. */
function listTemplates({ stdout, env }: Surroundings): string {
  const palette = selectPalette(stdout, env);
  const column = Math.max(...names().map(({ length }) => length)) + 4;
  const width = Math.max(30, Math.min(stdout.columns, 100)) - column;
  const groups = templateGroups.map((group) => {
    const entries = experimentTemplates.filter((template) => template.group === group);
    return [palette.strong(group), ...entries.map((entry) => describe(entry, { column, width }))].join('\n');
  });
  const advice = 'Write one into this folder with: transferscope new NAME';
  return [...groups, palette.quiet(advice)].join('\n\n');
}

function describe(
  { name, label, detail }: ExperimentTemplate,
  { column, width }: { readonly column: number; readonly width: number },
): string {
  const text = wrapWords(`${label}. ${detail}`.replace('?.', '?'), width).replaceAll('\n', `\n${' '.repeat(column)}`);
  return `  ${name.padEnd(column - 2)}${text}`;
}

/** As a shell takes it for one word. */
function quote(file: string): string {
  return /^[\w./\\:-]+$/.test(file) ? file : JSON.stringify(file);
}
