/**
 * From keystroke to diagnostics in a file of 500 lines, inside the extension host of a real VS Code: runs the editor's own
 * test of it and takes its figures. Needs what `npm run test:vscode` has installed once; without it, says what is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverFolder } from '../test/vscode/support/installServer';
import { chosenReleases } from '../test/vscode/support/releases';

const root = fileURLToPath(new URL('../../', import.meta.url));
const missing = chosenReleases()
  .map((release) => serverFolder(release))
  .filter((folder) => !existsSync(path.join(folder, 'installed')));

if (missing.length > 0) {
  console.log(
    `typing in a real editor is not measured: ${missing.join(', ')} is not there; npm run test:vscode installs it`,
  );
} else {
  const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-bench-'));
  const file = path.join(folder, 'figures');
  const test = ['run', '--project', 'vscode', 'test/vscode/typing.test.ts'];
  const { stdout } = spawnSync(process.execPath, [path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...test], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TRANSFERSCOPE_BENCH_FILE: file },
  });
  const why = /the tests in a real editor are skipped: (.*)/.exec(stdout)?.[1];
  if (existsSync(file)) process.stdout.write(readFileSync(file, 'utf8'));
  else console.log(`typing in a real editor is not measured: ${why ?? 'its test failed; run npm run test:vscode'}`);
  rmSync(folder, { recursive: true, force: true });
}
