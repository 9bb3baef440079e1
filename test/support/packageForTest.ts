/** Makes the .vsix of this machine's platform with the packages that are installed. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');

const LIMIT_MS = 240_000;

export async function packageForTest(file: string): Promise<void> {
  const script = path.join(root, 'scripts', 'package.mjs');
  await promisify(execFile)(process.execPath, [script, '--no-setup', '--out', file], { cwd: root, timeout: LIMIT_MS });
}
