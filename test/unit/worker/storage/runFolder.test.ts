/** The results folder keeps itself out of git: once, and only the hidden folder that nobody named. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFolder } from '../../../../src/worker/storage/runFolder';

let home: string;
beforeEach(() => void (home = mkdtempSync(path.join(tmpdir(), 'transferscope-run-folder-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

it('is ignored by git from the first run on, until the user deletes the file', async () => {
  const out = path.join(home, '.transferscope');
  const ignore = path.join(out, '.gitignore');
  expect((await RunFolder.create(out, 'a')).run).toBe('a-1');
  expect(readFileSync(ignore, 'utf8').split('\n')).toContain('*');
  rmSync(ignore);
  await RunFolder.create(out, 'a');
  expect(existsSync(ignore)).toBe(false);
});

it('is left alone where the user named it', async () => {
  const out = path.join(home, 'results');
  await RunFolder.create(out, 'a');
  expect(existsSync(path.join(out, '.gitignore'))).toBe(false);
});
