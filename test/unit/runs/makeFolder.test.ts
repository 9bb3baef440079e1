/** Folders above a file, and systems that refuse them: an error at once, never a wait. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../../../src/shared/errors';
import { makeFolder } from '../../../src/runs/makeFolder';

it('makes all that are missing, and is content with those that are there', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'folder-'));
  const deep = path.join(root, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(path.dirname(deep))]);
  await makeFolder(path.join(root, 'a', 'b'));
  expect(existsSync(deep)).toBe(true);
  writeFileSync(path.join(root, 'file'), '');
  for (const refused of [path.join(root, 'file'), path.join(root, 'file', 'b')])
    await expect(makeFolder(refused, 'name another with --out')).rejects.toThrow(
      /^cannot make the folder .*file.* \((EEXIST|ENOTDIR)\); name another with --out$/,
    );
  rmSync(root, { recursive: true });
});

it.runIf(existsSync('/proc/self'))('is refused under /proc at once', async () => {
  await expect(makeFolder('/proc/nope/x')).rejects.toThrow(UserError);
});

it('is how folders that a user names are made, wherever the program makes one', () => {
  const root = path.resolve(import.meta.dirname, '../../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const recursive = files.filter((name) =>
    /mkdir(Sync)?\([^;]*recursive: true/.test(readFileSync(path.join(root, name), 'utf8')),
  );
  // These make folders in one that has been made or found.
  const inside = recursive.filter(
    (name) => !name.startsWith(path.join('runs', 'runtimes')) && name !== path.join('cli', 'failure.ts'),
  );
  expect(inside).toEqual([]);
});
