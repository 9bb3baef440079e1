import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLaunch } from '../../../src/worker/launch';
import { base, parse } from '../shared/experiment/problemsOf';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(path.join(tmpdir(), 'transferscope-launch-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a launch with analyses beside those of the file', () => {
  it('has them in its text, and leaves the file alone', async () => {
    const file = path.join(folder, 'a.transfer.yaml');
    const written = `${base}analyses:\n  - { kind: cka, between: [moco] } # kept\n`;
    writeFileSync(file, written);
    const analyses = [
      { kind: 'inversion', id: 'one', images: [3] },
      { kind: 'geometry', id: 'two' },
    ];
    const launch = await readLaunch({ file, out: folder, analyses, only: ['one'] });
    expect(launch).toMatchObject({ file, baseDir: folder, only: ['one'], analyses });
    expect(parse(launch.text).experiment?.analyses.map(({ id }) => id)).toEqual(['cka', 'one', 'two']);
    expect(launch.text).toContain('# kept');
    expect(readFileSync(file, 'utf8')).toBe(written);
    await expect(readLaunch({ file, out: folder })).resolves.toMatchObject({ text: written });
  });
});
