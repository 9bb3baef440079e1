/** Finds the browser that shows the workbench. It is never downloaded: Debian's package is installed on CI machines only. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { run } from './installServer';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const elsewhere = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** The path of the browser; throws with what to do when there is none. */
export async function findChromium(log: (line: string) => void): Promise<string> {
  if (process.env.CHROMIUM) {
    if (!isProgram(process.env.CHROMIUM)) throw new Error(`CHROMIUM is "${process.env.CHROMIUM}", which is no program`);
    return process.env.CHROMIUM;
  }
  const found = look();
  if (found) return found;
  if (process.env.CI === 'true' && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')) {
    log('installing chromium with apt-get …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { cwd: '/', env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { cwd: '/', env });
    const installed = look();
    if (installed) return installed;
  }
  throw new Error('no Chromium was found; install chromium or google-chrome, or name one in CHROMIUM');
}

function look(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [...names.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...elsewhere];
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
