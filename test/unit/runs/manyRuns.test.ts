/** What 200 runs cost while one of them is under way: files read and looked at for each change. */
import { mkdtempSync, rmSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRunIndex, type RunIndex } from '../../../src/runs/runIndex';
import { watchRuns, type RunWatcher } from '../../../src/runs/watchRuns';
import { writeRun, writeStatus } from '../../support/runFolders';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>();
  return { ...actual, open: vi.fn(actual.open), stat: vi.fn(actual.stat), readdir: vi.fn(actual.readdir) };
});

const RUNS = 200;
const stages = Object.fromEntries(Array.from({ length: 20 }, (_, stage) => [`s-${stage}`, 'done' as const]));
let out: string;
let index: RunIndex;

beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'many-runs-'));
  for (let run = 1; run <= RUNS; run++) writeRun({ out, run: `tiny-${run}`, stages });
  writeStatus({ out, run: 'tiny-7', state: 'running', stages });
  index = createRunIndex(out);
  await index.refresh();
  vi.clearAllMocks();
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** Files of run folders that were read, by their ends. */
const read = () =>
  vi
    .mocked(files.open)
    .mock.calls.map(([file]) => String(file))
    .filter((file) => file.startsWith(out))
    .map((file) => file.slice(join(out, 'runs').length + 1));

it('a change of one status reads that file alone', async () => {
  writeStatus({ out, run: 'tiny-7', state: 'running', stages: { ...stages, 's-3': 'running' } });
  expect(await index.update(['tiny-7'])).toBe(true);
  expect(read()).toEqual([join('tiny-7', 'status.json')]);
  expect(vi.mocked(files.stat).mock.calls.length).toBeLessThanOrEqual(3);
});

it('a second look at everything reads nothing, and sees what came', async () => {
  expect(await index.refresh()).toBe(false);
  expect(read()).toEqual([]);
  writeRun({ out, run: 'tiny-201' });
  expect(await index.refresh()).toBe(true);
  expect(read().sort()).toEqual([join('tiny-201', 'manifest.json'), join('tiny-201', 'status.json')]);
});

it('the watcher turns ten rewrites into reads of that run alone', async () => {
  const changes: number[] = [];
  const watcher: RunWatcher = watchRuns({
    index,
    usePolling: false,
    onChange: () => changes.push(performance.now()),
    onError: (error) => expect.fail(String(error)),
  });
  await watcher.ready;
  vi.clearAllMocks();
  for (let beat = 0; beat < 10; beat++) {
    writeStatus({ out, run: 'tiny-7', state: 'running', stages: { ...stages, 's-3': beat % 2 ? 'done' : 'running' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await vi.waitFor(() => expect(changes.length).toBeGreaterThan(0), 5000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(new Set(read())).toEqual(new Set([join('tiny-7', 'status.json')]));
  expect(read().length).toBeLessThanOrEqual(10);
  expect(changes.length).toBeLessThanOrEqual(5);
  await watcher.dispose();
});
