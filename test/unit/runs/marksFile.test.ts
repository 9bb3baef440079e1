/** marks.json on disk: nothing is lost when windows write at once, one line a row, and damage is not written over. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeMarks, noteInFolders, readMarks } from '../../../src/runs/marksFile';
import { noMarks } from '../../../src/shared/views/compare/compareMarks';

describe('the marks file', () => {
  let out = '';
  beforeEach(() => void (out = mkdtempSync(join(tmpdir(), 'marks-'))));
  afterEach(() => rmSync(out, { recursive: true, force: true }));
  const file = (): string => join(out, 'marks.json');

  it('is none of marks before anything is marked', async () => {
    expect(await readMarks(join(out, 'not-there'))).toEqual(noMarks);
  });

  it('keeps what many write at once', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `run-${i}/moco/probe`);
    await Promise.all(rows.map((row) => changeMarks(out, [{ type: 'row', row, set: { star: true } }])));
    expect(Object.keys((await readMarks(out)).rows).sort()).toEqual([...rows].sort());
  });

  it('has a line for each row, so that a diff can be read', async () => {
    await changeMarks(out, [
      { type: 'row', row: 'b/moco/probe', set: { note: 'learning rate too high' } },
      { type: 'row', row: 'a/moco/probe', set: { star: true, tags: ['paper'] } },
      { type: 'baseline', row: 'a/random/probe' },
      { type: 'sameField', field: 'schedule', isSame: true },
      { type: 'samePair', pair: ['b', 'a'], isSame: true },
    ]);
    const lines = readFileSync(file(), 'utf8').split('\n');
    expect(lines).toContain('  "a/moco/probe": {"star":true,"tags":["paper"]},');
    expect(lines).toContain('  "b/moco/probe": {"note":"learning rate too high"}');
    const marks = await readMarks(out);
    expect(marks).toMatchObject({ baseline: 'a/random/probe', same: { fields: ['schedule'], pairs: [['a', 'b']] } });
  });

  it('is never written over when it is not understood', async () => {
    for (const text of ['{ "version": 1, "rows": {', '{"version":99}', '[]']) {
      writeFileSync(file(), text);
      await expect(changeMarks(out, [{ type: 'row', row: 'a', set: { star: true } }])).rejects.toThrow(
        /marks\.json is damaged or of another version; mend it, or delete it/,
      );
      expect(readFileSync(file(), 'utf8')).toBe(text);
    }
  });

  it('takes over from a window that died while it wrote', async () => {
    const owner = {
      pid: 2 ** 22 + 12345,
      host: (await import('node:os')).hostname(),
      startedAt: '2026-01-01T00:00:00Z',
    };
    writeFileSync(`${file()}.lock`, JSON.stringify(owner));
    writeFileSync(`${file()}.half.tmp`, '{');
    await changeMarks(out, [{ type: 'row', row: 'a', set: { star: true } }]);
    expect((await readMarks(out)).rows).toEqual({ a: { star: true } });
    expect(readdirSync(out)).toEqual(['marks.json']);
  });

  it('has one baseline over all folders, and forgets everywhere what is the same', async () => {
    const other = join(out, 'other');
    const unread = join(out, 'unread');
    mkdirSync(unread);
    writeFileSync(join(unread, 'marks.json'), 'not marks');
    const folders = [out, other, unread];
    const [first, second] = [`${out}\nrun-1/a/probe`, `${other}\nrun-2/a/probe`];
    await noteInFolders(out, folders, { type: 'baseline', row: first });
    await noteInFolders(other, folders, { type: 'baseline', row: second });
    expect((await readMarks(out)).baseline).toBeUndefined();
    expect((await readMarks(other)).baseline).toBe('run-2/a/probe');
    const same = { type: 'sameField', field: 'schedule' } as const;
    const pair = { type: 'samePair', pair: [second, first] } as const;
    await noteInFolders(other, folders, { ...same, isSame: true });
    await noteInFolders(other, folders, { ...pair, isSame: true });
    expect((await readMarks(out)).same).toEqual({ fields: [], pairs: [] });
    expect((await readMarks(other)).same.pairs).toHaveLength(1);
    await noteInFolders(out, folders, { ...same, isSame: false });
    await noteInFolders(out, folders, { ...pair, pair: [first, second], isSame: false });
    expect((await readMarks(other)).same).toEqual({ fields: [], pairs: [] });
    await expect(readMarks(unread)).rejects.toThrow(/damaged/);
  });
});
