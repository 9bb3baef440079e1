/** Numbers of evaluations on the terminal and as JSON. */
import type { Surroundings } from '../terminal';
import { selectPalette } from '../terminal';
import type { FileProblem } from './detectionFiles';

/** 0.4567 → "45.67"; the dash stands for no such objects. */
export function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : (100 * value).toFixed(2);
}

/** With its sign, as differences are shown. */
export function signedPercent(value: number): string {
  return Number.isNaN(value) ? '–' : `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(2)}`;
}

/** JSON has no NaN: null. */
export function printJson(value: unknown, around: Surroundings): void {
  around.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Warnings on stderr, so that stdout holds results only. */
export function printProblems(problems: readonly FileProblem[], around: Surroundings): void {
  const palette = selectPalette(around.stderr, around.env);
  for (const { file, message, count, examples } of problems) {
    // What is said of the whole file has no places.
    const where =
      examples.length === 0 ? '' : `: ${count} (${examples.slice(0, 3).join(', ')}${count > 3 ? ', …' : ''})`;
    around.stderr.write(`${file}: ${palette.caution('warning')}: ${message}${where}\n`);
  }
}
