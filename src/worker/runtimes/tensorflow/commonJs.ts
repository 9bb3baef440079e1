/**
 * Loads CommonJS files with some of their imports replaced. The kernels of @tensorflow/tfjs-node import the whole
 * @tensorflow/tfjs; they get the worker's own tfjs-core instead, so that a process never holds two.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';

type Exports = Record<string, unknown>;

/**
 * A `require` for one tree of files: relative imports stay in the tree, imports named in `replaced` (as they are written)
 * give its values, everything else is Node's.
 */
export function createLoader(replaced: ReadonlyMap<string, unknown>): (file: string) => Exports {
  const loaded = new Map<string, { exports: Exports }>();
  const load = (file: string): Exports => {
    const known = loaded.get(file);
    if (known) return known.exports; // also the half-filled one of an import cycle, as in Node
    const module = { exports: {} as Exports };
    loaded.set(file, module);
    const ordinary = createRequire(file);
    const requireInside = (name: string): unknown => {
      if (replaced.has(name)) return replaced.get(name);
      return name.startsWith('.') ? load(ordinary.resolve(name)) : (ordinary(name) as unknown);
    };
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
    const body = compileFunction(readFileSync(file, 'utf8'), parameters, { filename: file }) as (
      ...values: unknown[]
    ) => void;
    body(module.exports, requireInside, module, file, dirname(file));
    return module.exports;
  };
  return load;
}
