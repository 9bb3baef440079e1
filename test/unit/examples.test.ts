/** Every example is a valid experiment, and every full-scale file of the paper has a small twin that prints the same kind of table. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/shared/experiment/parse';
import { parseRecipe } from '../../src/shared/experiment/recipe';

const root = path.resolve(import.meta.dirname, '../..');
const recipes = new Map(
  readdirSync(path.join(root, 'recipes')).map((file) => {
    const name = path.basename(file, '.yaml');
    return [name, parseRecipe(readFileSync(path.join(root, 'recipes', file), 'utf8'), name)] as const;
  }),
);

function experimentsIn(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.transfer.yaml')).map(({ name }) => name);
}

function read(folder: string, file: string) {
  const text = readFileSync(path.join(root, folder, file), 'utf8');
  return parseExperiment(text, { fileName: file, recipes });
}

const folders = ['examples', 'examples/paper', 'examples/paper/small'];
const files = folders.flatMap((folder) => experimentsIn(folder).map((file) => [folder, file] as const));

it.each(files)('%s/%s is valid', (folder, file) => {
  const { experiment, problems } = read(folder, file);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(experiment).toBeDefined();
});

describe('the paper', () => {
  const [full, small] = [experimentsIn('examples/paper'), experimentsIn('examples/paper/small')];

  it('has a small twin of every file', () => {
    expect(full.length).toBeGreaterThan(4);
    expect(small.sort()).toEqual(full.sort());
  });

  it.each(small)('%s prints a table of the same form on data that come with the project', (file) => {
    const [whole, twin] = [read('examples/paper', file).experiment!, read('examples/paper/small', file).experiment!];
    expect(twin.tables).toHaveLength(whole.tables.length);
    expect(twin.seeds.length).toBeGreaterThan(2);
    const kinds = Object.values(twin.data).map(({ kind }) => kind);
    expect(kinds.filter((kind) => !['emoji', 'emoji-scenes', 'idx'].includes(kind))).toEqual([]);
  });
});
