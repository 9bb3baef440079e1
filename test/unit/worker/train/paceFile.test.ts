/** pace.jsonl with a clock of our own: rates, waiting, and when a training says that images hold it up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PaceFile } from '../../../../src/worker/train/paceFile';
import { makeFolder } from '../../../pipeline/tinyWorld';

let folder: ReturnType<typeof makeFolder>;
let clock = 0;
beforeEach(() => {
  folder = makeFolder();
  clock = 0;
});
afterEach(() => folder.remove());

const open = () => PaceFile.open(join(folder.path, 'pace.jsonl'), { stepsPerEpoch: 10, now: () => clock });
const rows = () =>
  readFileSync(join(folder.path, 'pace.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { metrics: Record<string, number> }).metrics);

/** One row: so many seconds with so much waiting, and what is said. */
async function row(pace: PaceFile, step: number, { seconds, waited }: { seconds: number; waited: number }) {
  pace.count(50);
  pace.wait(1000 * waited);
  clock += 1000 * seconds;
  const said = await pace.write(step);
  pace.restart();
  return said;
}

it('holds images per second and the share of time that was spent waiting', async () => {
  const pace = await open();
  await row(pace, 5, { seconds: 10, waited: 1 });
  clock += 60_000; // diagnostics
  pace.restart();
  await row(pace, 10, { seconds: 4, waited: 3 });
  expect(rows()).toEqual([
    { imagesPerSecond: 5, waiting: 0.1, epoch: 0.5 },
    { imagesPerSecond: 12.5, waiting: 0.75, epoch: 1 },
  ]);
});

it('says once that a training waits for its images, over half a minute at least', async () => {
  const pace = await open();
  const busy = { seconds: 12, waited: 6 };
  expect(await row(pace, 1, busy)).toBeUndefined();
  expect(await row(pace, 2, busy)).toBeUndefined();
  expect(await row(pace, 3, busy)).toMatch(
    /^the training waited 50 % of the time for images: keep them on a local disk/,
  );
  for (let step = 4; step < 9; step++) expect(await row(pace, step, busy)).toBeUndefined();
});

it('says nothing where the images keep up', async () => {
  const pace = await open();
  for (let step = 1; step < 9; step++) expect(await row(pace, step, { seconds: 20, waited: 4 })).toBeUndefined();
});
