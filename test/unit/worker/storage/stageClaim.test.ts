/** Claims as a fence: who has a stage, who may take it over, and that whoever lost it writes nothing more. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StageRecord } from '../../../../src/shared/results/records';
import { Fenced, tryClaim } from '../../../../src/worker/storage/stageClaim';
import { StageStore } from '../../../../src/worker/storage/stageStore';

let out = '';
let file = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'transferscope-claim-'));
  file = join(out, 'claim.json');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(out, { recursive: true, force: true });
});

/** As a worker of another machine leaves it. */
function claimElsewhere(more: object = {}, ageMs = 0): void {
  writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'theirs', ...more }));
  const time = new Date(Date.now() - ageMs);
  utimesSync(file, time, time);
}

describe('a claim', () => {
  it('is had by one, released by that one alone, and free afterwards', async () => {
    const claim = await tryClaim({ file });
    expect(claim).toBeDefined();
    expect(await tryClaim({ file })).toBeUndefined();
    await claim!.release();
    expect(existsSync(file)).toBe(false);
  });

  it('is refreshed by the clock of the file system, and stays what it says', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const claim = await tryClaim({ file });
    utimesSync(file, new Date(0), new Date(0));
    for (let beat = 0; beat < 3; beat++) {
      vi.advanceTimersByTime(5_000);
      await vi.waitFor(() => expect(statSync(file).mtimeMs).toBeGreaterThan(0));
    }
    await expect(claim!.requireOwned()).resolves.toBeUndefined();
    expect(await tryClaim({ file })).toBeUndefined();
    await claim!.release();
  });

  it.each([
    ['an hour fast', 3_600_000],
    ['an hour slow', -3_600_000],
  ])('of another machine is respected by one whose own clock is %s', async (_, shift) => {
    claimElsewhere();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shift });
    expect(await tryClaim({ file })).toBeUndefined();
  });

  it('of an earlier start of the same job is replaced at once, of a later one never', async () => {
    claimElsewhere({ job: '7_0', restart: 1 });
    expect(await tryClaim({ file, identity: { job: '7_0', restart: 1 } })).toBeUndefined();
    expect(await tryClaim({ file, identity: { job: '8_0', restart: 2 } })).toBeUndefined();
    const claim = await tryClaim({ file, identity: { job: '7_0', restart: 2 } });
    expect(claim).toBeDefined();
    expect(await tryClaim({ file, identity: { job: '7_0', restart: 1 } })).toBeUndefined();
    await claim!.release();
  });

  it('that was taken over keeps its former owner from writing, and is not his to release', async () => {
    const claim = await tryClaim({ file });
    claimElsewhere();
    await expect(claim!.requireOwned()).rejects.toThrow(Fenced);
    expect(claim!.lost.aborted).toBe(true);
    await claim!.release();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ token: 'theirs' });
  });
});

describe('a stage', () => {
  const record = (value: number): Omit<StageRecord, 'version' | 'checksum'> => ({
    ...{ key: 'k', kind: 'transfer', id: 'a/seed-0/probe', seed: 0, settings: { value }, files: {} },
    result: {
      ...{ kind: 'transfer', task: 'knn', data: 'd', trainImages: 1, testImages: 1, classes: 2, layers: [], notes: [] },
      headline: { metric: 'accuracy', layer: 'fc', value },
    },
    made: { startedAt: '', finishedAt: '', seconds: 1, runtime: 'wasm', host: 'h', attempts: 1 },
  });

  it('takes files and records of whoever has it, and of no other', async () => {
    const [mine, theirs] = [
      new StageStore(out, { job: '7_0', restart: 0 }),
      new StageStore(out, { job: '7_0', restart: 1 }),
    ];
    const claim = await mine.claim('k', new AbortController().signal, () => {});
    await mine.writeFile('k', 'a.txt', 'mine');
    const second = await theirs.claim('k', new AbortController().signal, () => {});
    await expect(mine.writeFile('k', 'a.txt', 'late')).rejects.toThrow(Fenced);
    await expect(mine.commit(record(1))).rejects.toThrow(Fenced);
    expect(readFileSync(mine.file('k', 'a.txt'), 'utf8')).toBe('mine');
    expect((await theirs.commit(record(2))).settings).toEqual({ value: 2 });
    await claim.release();
    await second.release();
  });

  it('keeps the first of two records that pass the fence', async () => {
    const [first, second] = [new StageStore(out), new StageStore(out)];
    await (await first.claim('k', new AbortController().signal, () => {})).release();
    await first.commit(record(1));
    const inode = statSync(first.file('k', 'record.json')).ino;
    expect((await second.commit(record(2))).settings).toEqual({ value: 1 });
    expect(statSync(first.file('k', 'record.json')).ino).toBe(inode);
  });
});
