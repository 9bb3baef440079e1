/** The asynchronous index of runs and its watcher, on real folders: what is read, how fast it is noticed, and what it costs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunIndex } from '../../../src/runs/runIndex';
import { listRuns } from '../../../src/runs/runStore';
import { watchRuns, type RunWatcher } from '../../../src/runs/watchRuns';
import { writeRun, writeStatus } from '../../support/runFolders';

let root: string;
let out: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'transferscope-index-'));
  out = join(root, '.transferscope');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the index', () => {
  it('says the same as the command line, newest first', async () => {
    writeRun({ out, run: 'tiny-1', createdAt: '2026-01-01T00:00:00.000Z', stages: { a: 'done', b: 'reused' } });
    writeRun({ out, run: 'tiny-2', createdAt: '2026-01-02T00:00:00.000Z', state: 'running', stages: { a: 'running' } });
    writeRun({ out, run: 'tiny-3', createdAt: '2026-01-03T00:00:00.000Z', state: 'running', pid: 2 ** 22 + 1 });
    mkdirSync(join(out, 'runs', 'tiny-4'));
    writeFileSync(join(out, 'runs', 'tiny-4', 'manifest.json'), '{"version":');
    const index = createRunIndex(out);
    expect(await index.refresh()).toBe(true);
    const summaries = index.runs().map(({ manifest: _manifest, status: _status, ...summary }) => summary);
    expect(summaries).toEqual(listRuns(out));
    expect(summaries.map(({ run, state }) => [run, state])).toEqual([
      ['tiny-3', 'interrupted'],
      ['tiny-2', 'running'],
      ['tiny-1', 'done'],
      ['tiny-4', 'unreadable'],
    ]);
  });

  it('has nothing to say without a folder', async () => {
    const index = createRunIndex(out);
    expect(await index.refresh()).toBe(false);
    expect(index.runs()).toEqual([]);
  });

  it('tells of changes once, and forgets what was deleted', async () => {
    writeRun({ out, run: 'tiny-1', state: 'running', stages: { a: 'running' } });
    const index = createRunIndex(out);
    await index.refresh();
    expect(await index.refresh()).toBe(false);
    const [before] = index.runs();
    writeStatus({ out, run: 'tiny-1', stages: { a: 'done' } });
    expect(await index.update(['tiny-1'])).toBe(true);
    expect(index.runs()[0]).toMatchObject({ state: 'done', counts: { done: 1 } });
    expect(index.runs()[0]?.manifest).toBe(before?.manifest);
    rmSync(join(out, 'runs', 'tiny-1'), { recursive: true });
    expect(await index.update(['tiny-1'])).toBe(true);
    expect(index.runs()).toEqual([]);
  });

  it('does not look outside its folder', async () => {
    const index = createRunIndex(out);
    writeRun({ out: join(root, 'other'), run: 'x' });
    expect(await index.update(['../../other/runs/x', '..'])).toBe(false);
    expect((await index.records(['../runs/x', '..'])).records.size).toBe(0);
  });

  it('leaves the event loop alone with 200 runs of 100 stages', async () => {
    const stages = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`stage${i}`, 'done' as const]));
    for (let i = 1; i <= 200; i++) writeRun({ out, run: `tiny-${i}`, stages });
    const index = createRunIndex(out);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await index.refresh();
    clearInterval(timer);
    delay.disable();
    expect(index.runs()).toHaveLength(200);
    // Reading all at once would hold the loop for the whole time and let no timer through.
    expect(ticks).toBeGreaterThan(3);
    expect(delay.percentile(95) / 1e6).toBeLessThan(60);
    console.log(
      `200 runs indexed; event loop held for ${(delay.percentile(95) / 1e6).toFixed(1)} ms at most 95 % of the time, ${(delay.max / 1e6).toFixed(1)} ms at worst`,
    );
  });
});

describe.each([{ usePolling: false }, { usePolling: true }])('the watcher, $usePolling', ({ usePolling }) => {
  let watcher: RunWatcher | undefined;
  afterEach(() => watcher?.dispose());

  const start = () => {
    const index = createRunIndex(out);
    const errors: unknown[] = [];
    const listeners = new Set<() => void>();
    watcher = watchRuns({
      index,
      usePolling,
      onChange: () => listeners.forEach((listener) => listener()),
      onError: (error) => errors.push(error),
    });
    /** Milliseconds until the index shows what is wanted. */
    const until = async (isThere: () => boolean): Promise<number> => {
      const startedAt = performance.now();
      const seen = new Promise<void>((done) => listeners.add(() => isThere() && done()));
      const tooLate = new Promise<void>((_, fail) => setTimeout(() => fail(new Error('not noticed')), 5000));
      if (!isThere()) await Promise.race([seen, tooLate]);
      listeners.clear();
      return performance.now() - startedAt;
    };
    return { index, until, errors };
  };

  it('notices runs of others within a second, from the first one on', async () => {
    const { index, until, errors } = start();
    await watcher?.ready;
    writeRun({ out, run: 'tiny-1', state: 'running', stages: { a: 'running' } });
    await until(() => index.runs()[0]?.state === 'running');
    writeStatus({ out, run: 'tiny-1', state: 'done', stages: { a: 'done' } });
    expect(await until(() => index.runs()[0]?.state === 'done')).toBeLessThan(1000);
    writeRun({ out, run: 'tiny-2' });
    expect(await until(() => index.runs().length === 2)).toBeLessThan(1000);
    rmSync(join(out, 'runs', 'tiny-1'), { recursive: true });
    expect(await until(() => index.runs().length === 1)).toBeLessThan(1500);
    expect(errors).toEqual([]);
  });
});
