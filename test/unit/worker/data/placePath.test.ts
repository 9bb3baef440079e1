import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { placePath } from '../../../../src/worker/data/placePath';
import { makeTree } from './tempFolder';

describe('placePath', () => {
  it('takes relative paths from the file, absolute ones as they are', () => {
    const base = path.resolve('/experiments');
    expect(placePath('../data', base)).toBe(path.resolve('/data'));
    expect(placePath(path.resolve('/data/voc'), base)).toBe(path.resolve('/data/voc'));
  });

  it('finds the workspace above the file, else takes the file’s own folder', async () => {
    const root = await makeTree({ 'studies/one/x.yaml': '' });
    const base = path.join(root, 'studies/one');
    expect(placePath('${workspaceFolder}/data', base)).toBe(path.join(base, 'data'));
    await mkdir(path.join(root, '.vscode'));
    expect(placePath('${workspaceFolder}/data', base)).toBe(path.join(root, 'data'));
  });
});
