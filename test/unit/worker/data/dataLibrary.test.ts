import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DataLibrary } from '../../../../src/worker/data/dataLibrary';
import { makeTree, plainPng } from './tempFolder';

const folder = { kind: 'image-folder', root: '.', train: 'train', test: 'val' } as const;
const emoji = {
  kind: 'emoji',
  labels: 'subcategory',
  background: [0, 0, 0],
  train: 'twitter',
  test: 'google',
} as const;

describe('DataLibrary', () => {
  it('opens each source and split once', async () => {
    const root = await makeTree({ 'train/cat/1.png': await plainPng([1, 2, 3]) });
    const library = new DataLibrary({ pets: folder }, root, () => {});
    const [first, second] = await Promise.all([
      library.dataset({ id: 'pets', split: 'train' }),
      library.dataset({ id: 'pets', split: 'train' }),
    ]);
    expect(second).toBe(first);
    expect(await library.source('pets')).toBe(await library.source('pets'));
  });

  it('tries again after a failure', async () => {
    const root = await makeTree({ 'train/cat/1.png': 'x' });
    const library = new DataLibrary({ pets: folder }, root, () => {});
    await expect(library.dataset({ id: 'pets', split: 'train' })).rejects.toThrow('none of the 1 images');
    await writeFile(`${root}/train/cat/1.png`, await plainPng([1, 2, 3]));
    expect((await library.dataset({ id: 'pets', split: 'train' })).length).toBe(1);
    await expect(library.dataset({ id: 'pets', split: 'val' })).rejects.toThrow('no folder "val"');
  });

  it('says once per file what was left out, and for many how many', async () => {
    const root = await makeTree({
      'train/cat/good.png': await plainPng([1, 2, 3]),
      'val/cat/good.png': await plainPng([1, 2, 3]),
    });
    await mkdir(`${root}/train/dog`);
    for (let i = 0; i < 25; i++) await writeFile(`${root}/train/dog/${i}.png`, 'x');
    await writeFile(`${root}/val/cat/bad.png`, 'x');
    const said: string[] = [];
    const library = new DataLibrary({ pets: folder, again: folder }, root, (message) => said.push(message));
    await library.dataset({ id: 'pets', split: 'val' });
    await library.dataset({ id: 'pets', split: 'val' });
    expect(said).toEqual([expect.stringMatching(/^pets val: left out cat\/bad\.png: .*cannot be decoded/)]);
    await library.dataset({ id: 'pets', split: 'train' });
    expect(said).toHaveLength(1 + 20 + 1);
    expect(said.at(-1)).toContain('left out 5 more');
  });

  it('relabels emoji for a transfer and leaves the others alone', async () => {
    const library = new DataLibrary({ emoji, 'con-structor': emoji }, '.', () => {});
    const own = await library.dataset({ id: 'emoji', split: 'google' });
    const relabelled = await library.dataset({ id: 'emoji', split: 'google', labels: 'category' });
    const same = await library.dataset({ id: 'emoji', split: 'google', labels: 'subcategory' });
    expect([own, relabelled, same].map(({ classes }) => classes.length)).toEqual([99, 10, 99]);
    expect(relabelled.instances).toEqual(own.instances);
    expect(() => library.source('constructor')).toThrow('internal');
  });
});
