import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withFileLock } from '../../../src/runs/fileLock';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** No process has this number. */
const DEAD = 2 ** 22 + 1;

it('lets one in at a time, also where a dead owner left its lock, and leaves nothing behind', async () => {
  writeFileSync(lock, JSON.stringify({ pid: DEAD, host: hostname(), startedAt: new Date().toISOString() }));
  let inside = 0;
  const seen = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      withFileLock(lock, 60_000, async () => {
        inside++;
        await new Promise((resolve) => setTimeout(resolve, 3));
        expect(inside).toBe(1);
        inside--;
        return i;
      }),
    ),
  );
  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(readdirSync(folder)).toEqual([]);
});

it('does not remove the lock of who took it over meanwhile', async () => {
  const other = JSON.stringify({ token: 'other', pid: process.pid, host: hostname() });
  await withFileLock(lock, 0, () => {
    writeFileSync(lock, other);
    return Promise.resolve();
  });
  expect(readFileSync(lock, 'utf8')).toBe(other);
});

it('gives up after the wait where the owner lives, and clears up after a failure', async () => {
  writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
  expect(await withFileLock(lock, 0, () => Promise.resolve(1))).toBeUndefined();
  rmSync(lock);
  await expect(withFileLock(lock, 0, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

it('takes over from who was killed before it could write its name, and not from who is about to', async () => {
  writeFileSync(lock, '');
  expect(await withFileLock(lock, 0, () => Promise.resolve(1))).toBeUndefined();
  const before = new Date(Date.now() - 60_000);
  utimesSync(lock, before, before);
  expect(await withFileLock(lock, 60_000, () => Promise.resolve(1))).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});
