/** What the run panel waits for with 200,000 logged steps of eight metrics: reading the file once, and one zoom. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMetricsReader } from '../src/runs/metricsReader';
import { downsample } from '../src/shared/math/downsample';
import { smoothExponentially } from '../src/shared/math/smooth';

const ROWS = 200_000;
const metrics = ['loss', 'learningRate', 'positiveAccuracy', 'queueFill', 'rankMe', 'knn', 'alignment', 'uniformity'];

const out = mkdtempSync(path.join(tmpdir(), 'transferscope-bench-'));
const folder = path.join(out, 'stages', 'key');
mkdirSync(folder, { recursive: true });
const lines = Array.from({ length: ROWS }, (_, step) => {
  const values = metrics.map((name, i) => [name, Math.sin(step / (100 + i)) + ((step * 7919) % 1000) / 5000]);
  return `${JSON.stringify({ step, metrics: Object.fromEntries(values) as object })}\n`;
});
writeFileSync(path.join(folder, 'metrics.jsonl'), lines.join(''));

async function readOnce(): Promise<void> {
  await createMetricsReader().read(out, 'key');
}
const reader = createMetricsReader();
const { metrics: curves } = await reader.read(out, 'key');
// As in the panel: smoothed once, drawn from then on.
const drawn = metrics.flatMap((name) => {
  const { steps, values } = curves.curve(name)!;
  return [values, smoothExponentially(values, 0.9)].map((y) => ({ x: steps, y }));
});
const zoom = async (): Promise<void> => {
  await reader.read(out, 'key');
  for (const points of drawn) downsample(points, { from: ROWS * 0.1, to: ROWS * 0.9, buckets: 600 });
};

print('panel-read-200k-rows', await median(readOnce, 5));
print('panel-zoom-200k-rows', await median(zoom, 11));
rmSync(out, { recursive: true, force: true });

/** Seconds. */
async function median(work: () => Promise<void>, times: number): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[times >> 1]!;
}

function print(workload: string, seconds: number): void {
  console.log(JSON.stringify({ workload, seconds }));
}
