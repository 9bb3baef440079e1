/** The program as esbuild.mjs builds it, copied to a folder of its own so that a rebuild cannot change it under a test. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const root = resolve(import.meta.dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache', 'transferscope-test');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Job {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output holds the text so many times; rejects when the program ends before that. */
  seen(text: string | RegExp, times?: number): Promise<void>;
}

export interface Program {
  /** Holds cli.js and worker.js. */
  readonly folder: string;
  /** Starts `transferscope …` with a process group of its own. */
  start(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): Job;
  run(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  remove(): void;
}

/** Builds if the sources are newer than dist/, then copies what a run needs. */
export function copyProgram(): Program {
  buildWhenStale();
  const folder = mkdtempSync(join(cache, 'program-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const name of readdirSync(join(root, 'dist')).filter((name) => /\.(js|wasm)$/.test(name))) {
    copyFileSync(join(root, 'dist', name), join(folder, name));
  }
  const start: Program['start'] = (cwd, args, env) => launch(join(folder, 'cli.js'), cwd, { args, env });
  return {
    folder,
    start,
    run: (cwd, args, env) => start(cwd, args, env).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function launch(
  cli: string,
  cwd: string,
  { args, env = process.env }: { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv },
): Job {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [cli, ...args], { cwd, env, detached: true, stdio });
  let [out, err] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done({ code, signal, out, err }));
  });
  const seen = async (text: string | RegExp, times = 1) => {
    const isThere = () => out.split(text).length > times;
    const found = new Promise<void>((done) => {
      const look = () => void (isThere() && done());
      listeners.add(look);
      look();
    });
    const failed = ended.then(() => {
      if (!isThere()) throw new Error(`the program ended without saying ${text} (${times}):\n${out}\n${err}`);
    });
    await Promise.race([found, failed]);
  };
  return { child, ended, seen };
}

/** Several test files may want the build at once; a folder is the lock. */
function buildWhenStale(): void {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, 'build.lock');
  const deadline = performance.now() + 60_000;
  while (!tryLock(lock)) {
    if (performance.now() > deadline) rmSync(lock, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  try {
    if (!isStale()) return;
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'esbuild.mjs')], { cwd: root });
    if (status !== 0) throw new Error(`esbuild.mjs failed:\n${stderr.toString()}`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

function isStale(): boolean {
  const built = ['cli.js', 'worker.js', 'augmentThread.js'].map((name) => join(root, 'dist', name));
  if (!built.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
  return ['src', 'webview'].some((folder) => newestIn(join(root, folder)) > oldest);
}

function newestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}
