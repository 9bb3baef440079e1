/** Folders above a file, and systems that refuse them: an error at once, never a wait. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '../../../src/cli/makeFolder';

it('makes all that are missing, and is content with those that are there', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'folder-'));
  makeFolder(path.join(root, 'a', 'b', 'c'));
  makeFolder(path.join(root, 'a', 'b'));
  expect(existsSync(path.join(root, 'a', 'b', 'c'))).toBe(true);
  writeFileSync(path.join(root, 'file'), '');
  expect(() => makeFolder(path.join(root, 'file', 'b'))).toThrow();
  rmSync(root, { recursive: true });
});

it.runIf(existsSync('/proc/self'))('is refused under /proc at once', () => {
  expect(() => makeFolder('/proc/nope/x')).toThrow();
});
