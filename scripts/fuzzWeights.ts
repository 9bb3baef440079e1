/**
 * Feeds the weight readers damaged files, made from the golden ones; ends with an error when one is neither read nor
 * refused. usage: npm run fuzz:weights -- [COUNT] [SEED]
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fuzzWeights } from './fuzz/mutateWeights';

const folder = path.resolve('test/golden/data/weights');
const [count = '100000', seed = '0'] = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name !== 'expected.json')
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(path.join(folder, name))) }));

const step = 5000;
const totals = { inputs: 0, opened: 0, refused: 0, crashes: 0, slowestMs: 0, peakMb: 0 };
const begun = performance.now();
for (let first = 0; first < Number(count); first += step) {
  const result = await fuzzWeights(files, { seed: Number(seed), first, count: Math.min(step, Number(count) - first) });
  totals.inputs += result.inputs;
  totals.opened += result.opened;
  totals.refused += result.refused;
  totals.crashes += result.crashes.length;
  totals.slowestMs = Math.max(totals.slowestMs, result.slowestMs);
  totals.peakMb = Math.max(totals.peakMb, process.memoryUsage().rss / 2 ** 20);
  for (const { input, file, error } of result.crashes.slice(0, 5))
    process.stderr.write(`input ${input} (${file}): ${error}\n`);
}
const seconds = (performance.now() - begun) / 1000;
process.stdout.write(
  `${totals.inputs} damaged files in ${seconds.toFixed(0)} s: ${totals.opened} read, ${totals.refused} refused, ${totals.crashes} crashes; ` +
    `slowest ${totals.slowestMs.toFixed(0)} ms, at most ${totals.peakMb.toFixed(0)} MB in memory\n`,
);
process.exitCode = totals.crashes > 0 ? 1 : 0;
