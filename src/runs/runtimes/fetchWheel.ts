/**
 * Fetches pinned Python wheels with pip, which knows the user's mirror, proxy and certificates. pip only downloads: nothing
 * is installed and no code of a wheel is run. A wheel that is there already, with the right hash, is not fetched again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hashFile, WayBlocked, type Installation } from './installation';
import type { PinnedWheel } from './pins';
import type { ToolResult } from './runTool';

/** How to call pip on this machine. */
export interface Pip {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: readonly [number, number];
}

const REQUIREMENTS = 'requirements.txt';
const POLL_MS = 500;
/** The speed of a download is judged this long after its first byte, and no byte is waited for longer than three times that. */
const JUDGE_AFTER_MS = 5_000;

/** The first pip that answers, or undefined. */
export async function findPip({
  run,
  env,
  signal,
}: Pick<Installation, 'run' | 'env' | 'signal'>): Promise<Pip | undefined> {
  const own = env['TRANSFERSCOPE_PYTHON'];
  const candidates = [
    ...(own ? [{ command: own, args: ['-m', 'pip'] }] : []),
    { command: 'python3', args: ['-m', 'pip'] },
    { command: 'python', args: ['-m', 'pip'] },
    { command: 'pip3', args: [] },
    { command: 'pip', args: [] },
  ];
  for (const { command, args } of candidates) {
    const { isOk, stdout } = await run(command, [...args, '--version'], { limitMs: 15_000, signal });
    const version = /^pip (\d+)\.(\d+)/.exec(stdout);
    if (isOk && version) return { command, args, version: [Number(version[1]), Number(version[2])] };
  }
  return undefined;
}

/** Paths of the wheels, in order. Bytes are counted over all of them. */
export async function fetchWheels(
  wheels: readonly PinnedWheel[],
  pip: Pip,
  installation: Installation,
): Promise<string[]> {
  const total = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const files: string[] = [];
  let before = 0;
  for (const wheel of wheels) {
    const file = path.join(installation.downloads, `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 12)}.whl`);
    if (!(await isWhole(file, wheel))) await fetchWheel(wheel, file, { pip, installation, before, total });
    files.push(file);
    before += wheel.bytes;
  }
  return files;
}

async function isWhole(file: string, { bytes, sha256 }: PinnedWheel): Promise<boolean> {
  if (!existsSync(file) || (await stat(file)).size !== bytes) return false;
  return (await hashFile(file, 'sha256', 'hex')) === sha256;
}

interface Fetching {
  readonly pip: Pip;
  readonly installation: Installation;
  /** Bytes of the wheels before this one, and of all. */
  readonly before: number;
  readonly total: number;
}

async function fetchWheel(wheel: PinnedWheel, file: string, fetching: Fetching): Promise<void> {
  const { pip, installation } = fetching;
  const folder = path.join(installation.downloads, `partial-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const requirements = path.join(folder, REQUIREMENTS);
    await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
    const result = await watched(wheel, folder, fetching, (signal) =>
      installation.run(pip.command, [...pip.args, ...pipArguments(wheel, folder, requirements, pip)], {
        limitMs: 3_600_000,
        signal,
        // pip downloads into the temporary folder and moves at the end; here it can be watched.
        env: { TMPDIR: folder, TEMP: folder, TMP: folder },
      }),
    );
    const [name] = (await readdir(folder)).filter((found) => found.endsWith('.whl'));
    if (!result.isOk || name === undefined)
      throw new WayBlocked(`pip cannot fetch ${wheel.name} ${wheel.version} (${result.problem || 'it left no file'})`);
    if (!(await isWhole(path.join(folder, name), wheel)))
      throw new WayBlocked(`pip gave another ${wheel.name} ${wheel.version} than expected`);
    await rename(path.join(folder, name), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pipArguments(wheel: PinnedWheel, folder: string, requirements: string, { version }: Pip): string[] {
  const resumes = version[0] > 25 || (version[0] === 25 && version[1] >= 1);
  return [
    ...['download', '--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', requirements, '-d', folder],
    ...['--platform', wheel.platform, '--implementation', 'cp', '--python-version', '3.11'],
    ...['--abi', 'cp311', '--abi', 'none', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off'],
    // A host that does not answer costs seconds.
    ...['--retries', '1', '--timeout', '10', ...(resumes ? ['--resume-retries', '10'] : [])],
  ];
}

/** Runs the download and tells how far it is, from the size of what lies in the folder; ends one that would come too late. */
async function watched(
  wheel: PinnedWheel,
  folder: string,
  { installation, before, total }: Fetching,
  download: (signal: AbortSignal) => Promise<ToolResult>,
): Promise<ToolResult> {
  const tooSlow = new AbortController();
  const startedAt = performance.now();
  const doing = `downloading ${wheel.name} ${wheel.version}`;
  let bytes = 0;
  let firstByteAt: number | undefined;
  const look = async (): Promise<void> => {
    // pip moves the file at the end: for a moment there are two, or none.
    bytes = Math.max(bytes, Math.min(await folderBytes(folder), wheel.bytes));
    installation.report({ doing, done: before + bytes, total });
    if (installation.deadline === Infinity) return;
    const now = performance.now();
    if (bytes > 0) firstByteAt ??= now;
    const elapsed = now - (firstByteAt ?? startedAt);
    if (elapsed < (firstByteAt === undefined ? 3 * JUDGE_AFTER_MS : JUDGE_AFTER_MS)) return;
    const expectedEnd = now + (elapsed * (total - before - bytes)) / Math.max(bytes, 1);
    if (expectedEnd > installation.deadline) tooSlow.abort();
  };
  const timer = setInterval(() => void look().catch(() => undefined), POLL_MS);
  try {
    return await download(AbortSignal.any([installation.signal, tooSlow.signal]));
  } catch (error) {
    if (installation.signal.aborted || !tooSlow.signal.aborted) throw error;
    throw new WayBlocked(`the download of ${Math.round(total / 1e6)} MB would take too long here`);
  } finally {
    clearInterval(timer);
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && entry.name !== REQUIREMENTS)
      .map(({ parentPath, path: older, name }) =>
        // Node 20.9 to 20.11 call it `path`.
        stat(path.join(parentPath ?? older, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
