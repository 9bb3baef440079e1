import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LoadRow } from '../../../../src/shared/results/runManifest';
import { LoadFile } from '../../../../src/worker/storage/loadFile';
import { createLoadMeter } from '../../../../src/worker/systemLoad';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'transferscope-load-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (cores: number): LoadRow => ({ at: '2026-01-01T00:00:00.000Z', cores, rss: 1, heap: 1, free: 1 });

it('keeps a coarser past instead of growing without end, also when it is taken up again', async () => {
  const file = join(folder, 'load.jsonl');
  for (const part of [0, 1]) {
    const load = new LoadFile(file, 10);
    for (let i = 0; i < 50; i++) await load.append(row(100 * part + i));
  }
  const kept = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as LoadRow).cores);
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
  expect([kept[0], kept.at(-1)]).toEqual([0, 149]);
});

it('is passed over where nothing can be written', async () => {
  await expect(new LoadFile(join(folder, 'no', 'folder', 'load.jsonl')).append(row(1))).resolves.toBeUndefined();
});

it('measures what this process takes', () => {
  const { measure } = createLoadMeter();
  const until = performance.now() + 150;
  let sum = 0;
  while (performance.now() < until) sum += Math.sqrt(sum + 1);
  const { cores, rss, heap, free } = measure();
  expect(cores).toBeGreaterThan(0.02);
  expect(cores).toBeLessThan(64);
  expect(rss).toBeGreaterThan(heap);
  expect(heap).toBeGreaterThan(1e6);
  expect(free).toBeGreaterThan(0);
});
