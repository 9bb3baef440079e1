/** `validate`: the problems of experiment files as `path:line:col: severity: message`, the way compilers print them. */
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import type { Problem } from '../../shared/experiment/problem';
import type { WorkerProcess } from '../../runs/workerProcess';
import { EXIT, type ExitCode } from '../exitCodes';
import { readExperimentText } from '../experimentText';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { toOneLine } from '../progress/textWidth';
import { selectPalette, type Palette, type Surroundings } from '../terminal';

export interface ValidateOptions {
  readonly isJson: boolean;
  /** Also open the data, for the checks that need its size and classes. */
  readonly openData: boolean;
}

interface FileProblems {
  /** As the user wrote it. */
  readonly file: string;
  readonly problems: readonly Problem[];
}

/** Checks every file, prints all problems in order of place, and answers 1 when one of them is an error. */
export async function validateCommand(
  files: readonly string[],
  options: ValidateOptions,
  around: Surroundings,
): Promise<ExitCode> {
  let worker: Promise<WorkerProcess> | undefined;
  const results: FileProblems[] = [];
  try {
    for (const file of files) {
      const path = resolve(around.cwd, file);
      const unreadable = findReadProblem(path, file);
      if (unreadable) {
        results.push({ file, problems: [unreadable] });
        continue;
      }
      // Started for the first readable file, shared by all: the worker does the same checks before it runs a file.
      worker ??= around.startWorker(() => {});
      const { problems } = await (await worker).request('validate', { file: path, openData: options.openData });
      results.push({ file, problems: [...problems].sort(comparePlaces) });
    }
  } finally {
    await (await worker)?.stop();
  }
  print(results, options, around);
  const hasErrors = results.some(({ problems }) => problems.some((problem) => problem.severity === 'error'));
  return hasErrors ? EXIT.invalid : EXIT.done;
}

function findReadProblem(path: string, shown: string): Problem | undefined {
  try {
    readExperimentText(path, shown);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const start = { line: 1, column: 1, offset: 0 };
    return {
      severity: 'error',
      code: 'unreadable-file',
      message: error.message,
      path: [],
      range: { start, end: start },
    };
  }
}

function comparePlaces(a: Problem, b: Problem): number {
  return a.range.start.offset - b.range.start.offset || a.severity.localeCompare(b.severity);
}

function print(results: readonly FileProblems[], options: ValidateOptions, around: Surroundings): void {
  if (options.isJson) {
    around.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    return;
  }
  const palette = selectPalette(around.stdout, around.env);
  const all = results.flatMap(({ problems }) => problems);
  for (const { file, problems } of results) {
    for (const problem of problems) around.stdout.write(`${formatProblem(file, problem, palette)}\n`);
  }
  const count = (severity: Problem['severity']): string => {
    return formatNumberOf(all.filter((problem) => problem.severity === severity).length, severity);
  };
  // The summary goes to stderr, so that stdout holds problems only.
  around.stderr.write(`${formatNumberOf(results.length, 'file')}: ${count('error')}, ${count('warning')}\n`);
}

/** `path:line:col: error: message`. */
export function formatProblem(file: string, problem: Problem, palette: Palette): string {
  const { line, column } = problem.range.start;
  const paint = { error: palette.bad, warning: palette.caution, info: palette.quiet }[problem.severity];
  return `${file}:${line}:${column}: ${paint(problem.severity)}: ${toOneLine(problem.message)}`;
}
