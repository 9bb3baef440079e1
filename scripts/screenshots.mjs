/**
 * `npm run screenshots`: runs the quickstart of the walkthrough in a real VS Code and writes every panel in every theme to
 * docs/images. Which panels: test/vscode/support/panelShots.ts. Those of the Features panel are of the shipped weights, in a
 * browser alone (test/panels/featuresRun.test.ts). Takes some minutes; `-- -t layers` writes only some.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const only = process.argv.slice(2);
// The run of the experiment is a test too, which a filter must keep.
const at = only.indexOf('-t');
if (at >= 0 && only[at + 1]) only[at + 1] = `an experiment is run|${only[at + 1]}`;
const tests = [
  ['vscode', 'test/vscode/screenshots'],
  ['programs', 'test/panels/featuresRun'],
];
const statuses = tests.map(([project, file]) => {
  const args = [join(root, 'scripts', 'test.mjs'), '--project', project, file, ...only];
  const env = { ...process.env, SCREENSHOTS: join(root, 'docs', 'images') };
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
});
process.exit(Math.max(...statuses));
