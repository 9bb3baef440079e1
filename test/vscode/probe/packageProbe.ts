/** Makes the .vsix of the test's own extension. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const manifest = {
  name: 'probe',
  publisher: 'test',
  version: '0.0.1',
  license: 'MIT',
  engines: { vscode: '^1.100.0' },
  main: './dist/extension.cjs',
  extensionKind: ['workspace'],
  activationEvents: ['onStartupFinished', 'onFileSystem:memory'],
  capabilities: { untrustedWorkspaces: { supported: true }, virtualWorkspaces: true },
};

export async function packageProbe(file: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'transferscope-probe-'));
  try {
    await mkdir(path.join(folder, 'dist'));
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(path.join(folder, 'README.md'), 'For tests.\n');
    await build({
      entryPoints: [path.join(import.meta.dirname, 'extension.ts')],
      outfile: path.join(folder, 'dist', 'extension.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode'],
    });
    await createVSIX({
      cwd: folder,
      packagePath: file,
      dependencies: false,
      allowMissingRepository: true,
      skipLicense: true,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
