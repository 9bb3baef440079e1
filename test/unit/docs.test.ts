/** What the documents say must hold: examples parse, links lead somewhere, the commands named exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/shared/experiment/parse';
import { readRecipes } from './shared/experiment/recipeBook';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

function markdownFiles(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
}

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...markdownFiles('docs'),
  ...markdownFiles('examples'),
];
const recipes = readRecipes();
const examples = readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.transfer.yaml'));

function errorsOf(text: string, fileName: string): string[] {
  const { problems } = parseExperiment(text, { fileName, recipes });
  return problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

describe('documents', () => {
  it.each(pages)('%s links only to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g)].map((match) => match[1]!);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(path.join(root, path.dirname(page), link)))).toEqual([]);
  });

  it.each(examples)('examples/%s has no errors', (name) => {
    expect(errorsOf(read(`examples/${name}`), name)).toEqual([]);
  });

  it('the experiment in the README has no errors', () => {
    const blocks = [...read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) expect(errorsOf(block, 'README.md')).toEqual([]);
  });

  it('npm scripts named in the documents exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!));
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
