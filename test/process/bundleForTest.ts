/** Bundles a program of src/ into a folder of its own, as esbuild.mjs does, with some modules replaced by stand-ins. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..', '..');

export interface BundleOptions {
  /** Path of the program from the repository's root. */
  readonly entry: string;
  readonly outfile: string;
  /** Import path as written → path of the module to take instead. */
  readonly standIns?: Readonly<Record<string, string>>;
}

export function makeProgramFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'transferscope-program-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

export async function bundleProgram({ entry, outfile, standIns = {} }: BundleOptions): Promise<void> {
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['sharp'],
    define: { TRANSFERSCOPE_VERSION: '"1.2.3"' },
    banner: {
      js: `import { createRequire as testRequire } from 'node:module'; const require = testRequire(import.meta.url);`,
    },
    plugins: [
      {
        name: 'stand-ins',
        setup: (setup) =>
          setup.onResolve({ filter: /^\./ }, ({ path }) => {
            const standIn = standIns[path];
            return standIn === undefined ? undefined : { path: standIn };
          }),
      },
    ],
  });
}
