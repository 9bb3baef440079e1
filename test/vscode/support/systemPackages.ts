/**
 * What the editor's tests need of the system: the compiler that makes the server's native modules, and a browser
 * (findChromium.ts). Where this is root on Debian or Ubuntu, what is missing is installed with apt-get; elsewhere it is said.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { runProgram } from './runProgram';

/** Program on the path → the Debian package that has it. node-gyp wants Python to write makefiles. */
const compilerPackages: Readonly<Record<string, string>> = { make: 'make', 'g++': 'g++', python3: 'python3' };

const APT_LIMIT_MS = 300_000;

/** Throws a sentence when native modules cannot be compiled. */
export async function provideCompiler(log: (line: string) => void): Promise<void> {
  const missing = (): string[] => Object.keys(compilerPackages).filter((name) => !findOnPath(name));
  if (missing().length === 0) return;
  const packages = missing().map((name) => compilerPackages[name]!);
  const why = await installPackages(packages, log);
  if (missing().length > 0) throw new Error(`code-server cannot be built without ${missing().join(', ')} (${why})`);
}

/** Returns why nothing was installed, or how installing went. */
export async function installPackages(packages: readonly string[], log: (line: string) => void): Promise<string> {
  if (!findOnPath('apt-get')) return 'there is no apt-get to install it with';
  if (process.getuid?.() !== 0) return 'installing it with apt-get needs root';
  log(`installing ${packages.join(', ')} with apt-get …`);
  const options = { cwd: '/', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, limitMs: APT_LIMIT_MS };
  const patient = [
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Acquire::Retries=2',
    '-o',
    'Acquire::http::Timeout=30',
  ];
  try {
    await runProgram('apt-get', ['update', ...patient], options);
    await runProgram('apt-get', ['install', '-y', '--no-install-recommends', ...patient, ...packages], options);
    return 'apt-get did not bring it';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
