/**
 * `npm run package`: makes transferscope-<version>-<platform>.vsix. What goes in is gathered in a temporary folder first,
 * because vsce takes either all of node_modules or none of it, and we need exactly sharp.
 * Options: --target PLATFORM (a target of VS Code; this machine's when absent), --out FILE, --no-setup (packages are there).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runOrExit, setUpPackages } from './setup.mjs';
import { hostTarget, stageSharp } from './stageSharp.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const shipped = ['media', 'recipes', 'schemas', 'README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore'];

const { values: options } = parseArgs({
  options: { target: { type: 'string' }, out: { type: 'string' }, 'no-setup': { type: 'boolean', default: false } },
});
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const target = options.target ?? hostTarget();
const file = resolve(options.out ?? join(root, 'dist', `transferscope-${manifest.version}-${target}.vsix`));

if (!options['no-setup']) setUpPackages();
mkdirSync(dirname(file), { recursive: true });
const stage = mkdtempSync(join(tmpdir(), 'transferscope-package-'));
try {
  fillStage();
  runVsce();
} finally {
  rmSync(stage, { recursive: true, force: true });
}
const size = (statSync(file).size / 2 ** 20).toFixed(1);
process.stdout.write(`made ${relative(process.cwd(), file)} (${size} MiB)\n`);

function fillStage() {
  const dist = join(stage, 'dist');
  runOrExit('build', process.execPath, [join(root, 'esbuild.mjs'), '--production', '--out', dist]);
  for (const name of [...shipped, ...picturesOf('README.md')])
    cpSync(join(root, name), join(stage, name), { recursive: true });
  stageSharp({ root, platform: target, into: dist });
  writeFileSync(join(stage, 'package.json'), JSON.stringify(packagedManifest(), null, 2));
}

/** What a page shows from docs/images: the editor shows the packaged README with its pictures. */
function picturesOf(page) {
  const text = readFileSync(join(root, page), 'utf8');
  return [...new Set([...text.matchAll(/docs\/images\/[\w.-]+/g)].map(([name]) => name))];
}

/** The manifest without what only a clone of the repository can do: everything is bundled or staged. */
function packagedManifest() {
  const isForClone = (key) => key === 'scripts' || /dependencies(Meta)?$/i.test(key);
  return Object.fromEntries(Object.entries(manifest).filter(([key]) => !isForClone(key)));
}

function runVsce() {
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--no-dependencies', '--target', target, '--out', file];
  // Links stay relative, and a warning about the missing repository is no news.
  const noLinks = ['--no-rewrite-relative-links', '--allow-missing-repository'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [vsce, ...args, ...noLinks], { cwd: stage });
  if (status === 0) return;
  throw new Error(`vsce failed:\n${stdout}\n${stderr}`);
}
