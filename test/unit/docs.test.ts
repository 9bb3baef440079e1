/** What the documents say must hold: examples parse, links lead somewhere, commands, options and settings named exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program';
import { parseExperiment } from '../../src/shared/experiment/parse';
import { createFakeSurroundings } from './cli/fakeSurroundings';
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

/** Command lines in blocks and in the text, without the program's name; `eval coco|voc` is two. */
function commandLines(page: string): string[] {
  const code = read(page).matchAll(/(?:^|`)(?:npx )?transferscope ([a-z][^`\n]*)/gm);
  return [...code].flatMap(([, line]) => {
    const [command = '', choice = '', ...rest] = line!.split('#')[0]!.trim().split(/\s+/);
    const names = /^[a-z]+(\|[a-z]+)*$/.test(choice) ? choice.split('|') : [choice];
    return names.map((name) => [command, name, ...rest].join(' ').trim());
  });
}

/** What `--help` says of the command that a line begins with; undefined when there is no such command. */
async function helpFor(line: string): Promise<string | undefined> {
  const words = line.split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word));
  const fake = createFakeSurroundings();
  const code = await runCli([...words.slice(0, 2), '--help'], fake.around);
  const help = fake.stdout();
  // A group answers for commands that it does not have.
  const isUnknown = words.length > 1 && /^Usage: .*\[command\]/.test(help);
  return code === 0 && !isUnknown && help.startsWith(`Usage: transferscope ${words[0]}`) ? help : undefined;
}

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`. */
function expandBraces(name: string): string[] {
  const parts = /^(.*)\{([^}]*)\}(.*)$/.exec(name);
  return parts ? parts[2]!.split(',').map((one) => parts[1]! + one + parts[3]!) : [name];
}

describe('documents', () => {
  it.each(pages)('%s names only commands and options that there are', async (page) => {
    for (const line of commandLines(page)) {
      const help = await helpFor(line);
      expect(help, line).toBeDefined();
      for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(help, line).toContain(`${option} `);
    }
  });

  it('the README names every command', async () => {
    const fake = createFakeSurroundings();
    await runCli(['--help'], fake.around);
    const listed = fake.stdout().split('\nCommands:\n')[1]!.split('\n\n')[0]!;
    const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    expect(names).toContain('diagnose');
    expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(read('README.md')))).toEqual([]);
  });

  it('settings named in the documents exist, and the guide names all', () => {
    const { contributes } = JSON.parse(read('package.json')) as {
      contributes: { configuration: { properties: Record<string, unknown> } };
    };
    const settings = Object.keys(contributes.configuration.properties);
    const named = pages.flatMap((page) => [...read(page).matchAll(/`(transferscope\.[a-zA-Z]+)`/g)].map((m) => m[1]!));
    expect([...new Set(named)].sort()).toEqual(settings.sort());
  });

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

  const guides = pages.filter((page) => page.startsWith(path.join('docs', 'guide')));
  it.each(guides)('whole experiments in %s have no errors', (page) => {
    const blocks = [...read(page).matchAll(/```yaml\n(name: [\s\S]*?)```/g)].map((match) => match[1]!);
    for (const block of blocks) expect(errorsOf(block, page)).toEqual([]);
    const tasks = ['few-shot', 'landmarks', 'segmentation'].map((task) => path.join('docs', 'guide', `${task}.md`));
    if (tasks.includes(page)) expect(blocks).toHaveLength(1);
  });

  it.each(pages)('%s names only files and folders that there are', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|webview|scripts|bench|assembly)\/[\w./{},-]+)`/g)];
    const missing = named
      .flatMap(([, name]) => expandBraces(name!))
      .filter((name) => !existsSync(path.join(root, name)));
    expect(missing).toEqual([]);
  });

  const methods = pages.filter((page) => page.startsWith(path.join('docs', 'methods')));
  it.each(methods)('%s says where its code is and how it is verified, and is found from the README', (page) => {
    expect(read(page)).toMatch(/^Code: `src\//m);
    expect(read(page)).toMatch(/^## How it is verified$/m);
    expect(read('README.md')).toContain(`(docs/methods/${path.basename(page)}`);
  });

  it('npm scripts named in the documents exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!));
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
