/** What ARCHITECTURE.md says of imports, as a test: which folder may import which folder and which packages. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

interface Rule {
  readonly folder: string;
  readonly folders: readonly string[];
  /** Packages by name; `node:` means all of Node's. */
  readonly packages: readonly string[];
}

const pure = ['zod', 'yaml', 'pure-rand', '@noble/hashes', 'fflate', 'ml-matrix'];
const rules: readonly Rule[] = [
  { folder: 'src/shared', folders: ['src/shared'], packages: pure },
  { folder: 'src/runs', folders: ['src/runs', 'src/shared'], packages: ['node:', 'chokidar', 'yauzl'] },
  {
    folder: 'src/cli',
    folders: ['src/cli', 'src/runs', 'src/shared', 'webview/charts'],
    packages: ['node:', 'commander', 'linkedom'],
  },
  { folder: 'src/host', folders: ['src/host', 'src/runs', 'src/shared'], packages: ['node:', 'vscode'] },
  {
    folder: 'src/worker',
    folders: ['src/worker', 'src/shared'],
    packages: ['node:', '@tensorflow/', 'sharp', 'hyparquet-writer'],
  },
  { folder: 'webview/charts', folders: ['webview/charts', 'src/shared'], packages: ['d3'] },
  { folder: 'webview/ui', folders: ['webview/ui', 'src/shared'], packages: ['@vscode/webview-ui-toolkit'] },
  {
    folder: 'webview/panels',
    folders: ['webview/panels', 'webview/ui', 'webview/charts', 'src/shared'],
    packages: ['d3'],
  },
];

/** Layers inside the worker, lowest first; a folder imports its own layer or lower ones. */
const workerLayers = [
  ['runtimes', 'ops'],
  ['models', 'objectives', 'augment', 'data', 'storage'],
  ['train', 'checkpoint'],
  ['pretrain', 'transfer', 'features'],
];

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g);
  return [...found].map((match) => {
    const target = match[1] ?? match[2]!;
    return { file, target: target.startsWith('.') ? path.normalize(path.join(path.dirname(file), target)) : target };
  });
}

function isAllowed({ target }: Import, rule: Rule): boolean {
  const local = target.startsWith('src/') || target.startsWith('webview/');
  if (local) return rule.folders.some((folder) => target.startsWith(`${folder}/`));
  return rule.packages.some(
    (name) => target === name || target.startsWith(name.endsWith('/') || name.endsWith(':') ? name : `${name}/`),
  );
}

describe('imports', () => {
  it.each(rules)('$folder imports only what it may', (rule) => {
    const imports = sourceFiles(rule.folder).flatMap(importsOf);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((entry) => !isAllowed(entry, rule)).map(({ file, target }) => `${file} → ${target}`)).toEqual(
      [],
    );
  });

  it('arrows inside the worker point down', () => {
    const layerOf = (file: string) => workerLayers.findIndex((names) => names.includes(file.split('/')[2] ?? ''));
    const wrong = sourceFiles('src/worker')
      .flatMap(importsOf)
      .filter(
        ({ file, target }) => target.startsWith('src/worker/') && layerOf(file) >= 0 && layerOf(target) > layerOf(file),
      );
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });
});
