/**
 * From text to problems, as at every keystroke in an experiment file: milliseconds for files of 50, 500 and 5,000 lines, and
 * for completion in them. Every reading is of a text that differs, as typing makes it. p95 of 500 lines has to stay under 0.1 s.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { complete } from '../src/shared/editing/completion';
import { validate } from '../src/shared/editing/validation';
import { parseRecipe } from '../src/shared/experiment/recipe';
import { makeLongExperiment } from '../test/support/longExperiment';

const folder = new URL('../../recipes/', import.meta.url);
const recipes = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => {
      const name = file.slice(0, -'.yaml'.length);
      return [name, parseRecipe(readFileSync(new URL(file, folder), 'utf8'), name)] as const;
    }),
);

function report(workload: string, times: number[]): void {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  console.log(JSON.stringify({ workload: `${workload}-p50`, seconds: at(0.5) / 1000 }));
  console.log(JSON.stringify({ workload: `${workload}-p95`, seconds: at(0.95) / 1000 }));
}

function time(rounds: number, work: (round: number) => void): number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const start = performance.now();
    work(round);
    return performance.now() - start;
  });
}

for (const [lines, rounds] of [
  [50, 200],
  [500, 100],
  [5000, 15],
] as const) {
  const text = makeLongExperiment(lines);
  const check = (round: number) =>
    validate(text.replace('name: bench', `name: bench${round}`), { fileName: 'bench', recipes });
  const problems = check(0).problems.filter(({ severity }) => severity === 'error');
  if (problems.length > 0) throw new Error(problems[0]!.message);
  report(`validate-${lines}-lines`, time(rounds, check));
  // An error in the middle, beside which the rest is judged.
  const at = text.indexOf('queue:', Math.floor(text.length / 2));
  const spoilt = `${text.slice(0, at)}quue:${text.slice(at + 'queue:'.length)}`;
  const checkSpoilt = (round: number) =>
    validate(spoilt.replace('name: bench', `name: bench${round}`), { fileName: 'bench', recipes });
  if (!checkSpoilt(0).problems.some(({ code }) => code === 'unknown-key')) throw new Error('the text has no error');
  report(`validate-${lines}-lines-with-error`, time(rounds, checkSpoilt));
  const middle = text.indexOf('\n', Math.floor(text.length / 2)) + 1;
  const typed = (round: number) => `${text.slice(0, middle)}    wei${round}`;
  const finish = (round: number) => `${typed(round)}\n${text.slice(middle)}`;
  report(
    `complete-${lines}-lines`,
    time(rounds, (round) => complete(finish(round), typed(round).length, { recipes })),
  );
}
