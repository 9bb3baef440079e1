/** The extension host must never wait for a disk: nothing that src/extension.ts reaches, at once or later, blocks on files. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

/** Files of src that a file imports, types left out: at the top, or when something is wanted for the first time. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)(?:import|export)(?! type\b)[^;'"]*?from\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)/g,
  );
  return [...found].map((match) => `${path.resolve(path.dirname(file), match[1] ?? match[2]!)}.ts`);
}

function reachableFrom(entry: string): string[] {
  const reached = new Set([entry]);
  for (const file of reached) for (const next of importsOf(file)) reached.add(next);
  return [...reached];
}

const files = reachableFrom(path.join(root, 'src/extension.ts'));

describe('what runs in the extension host', () => {
  it('is found whole', () => {
    const names = files.map((file) => path.relative(root, file));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    for (const expected of ['src/runs/watchRuns.ts', 'src/runs/engines/detached.ts', 'src/shared/experiment/parse.ts'])
      expect(names).toContain(expected);
  });

  it('has no synchronous call of a file or a process', () => {
    const blocking = files.flatMap((file) => {
      const names = readFileSync(file, 'utf8').match(/\b\w+Sync\b/g) ?? [];
      return names.map((name) => `${path.relative(root, file)}: ${name}`);
    });
    expect(blocking).toEqual([]);
  });
});
