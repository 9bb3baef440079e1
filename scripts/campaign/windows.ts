/** Ten windows on one folder, that note, launch, stop and look at once; some are killed in the middle and opened again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRunIndex } from '../../src/runs/runIndex';
import { readMarks } from '../../src/runs/marksFile';
import { isUnderWay } from '../../src/runs/runFiles';
import { deriveRandom } from '../../src/shared/random';
import type { Outcome } from './outcome';
import type { Study } from './study';

const OUT = 'windows';
const EXPERIMENT = 'tiny.transfer.yaml';

type Said =
  | { readonly type: 'opened' | 'idle' }
  | { readonly type: 'acted'; readonly turn: number }
  | { readonly type: 'noted'; readonly row: string }
  | {
      readonly type: 'sees';
      readonly runs: Readonly<Record<string, string>>;
      readonly notes: number;
      readonly resident: number;
    };

export interface WindowsOptions {
  readonly windows: number;
  readonly kills: number;
  readonly seed: number;
  /** Of the repository. */
  readonly root: string;
}

export async function openWindows(study: Study, { windows, kills, seed, root }: WindowsOptions): Promise<Outcome> {
  const open = (name: string, turns: number): Window => new Window(study, { name, turns, seed, root });
  const random = deriveRandom(seed, 'campaign windows');
  const all = Array.from({ length: windows }, (_, i) => open(`w${i}`, 8));
  const noted = new Set<string>();
  let [killed, crashes] = [0, 0];
  await Promise.all(
    all.map(async (window, i) => {
      const isVictim = i < kills;
      if (!isVictim) return window.seen('idle');
      await window.seen('acted', 1 + random.integer(5));
      if (window.kill()) killed++;
      window.said.forEach((one) => one.type === 'noted' && noted.add(one.row));
      all[i] = open(`again-${i}`, 4);
      return all[i].seen('idle');
    }),
  ).catch(() => crashes++);
  // What killed windows launched goes on without them, and what was stopped is taken up again.
  const runs = await finishRuns(study);
  const sights = await Promise.all(all.map((window) => window.close(runs.length)));
  for (const { said } of all) said.forEach((one) => one.type === 'noted' && noted.add(one.row));
  crashes += all.filter(({ errors }) => errors !== '').length;
  for (const { errors } of all) process.stderr.write(errors);
  const { rows } = await readMarks(path.join(study.folder, OUT));
  const isKept = [...noted].every((row) => Object.hasOwn(rows, row));
  const isSeen = sights.every(
    (sight) =>
      sight?.notes === Object.keys(rows).length &&
      runs.every((run) => sight.runs[run] === 'done') &&
      Object.keys(sight.runs).length === runs.length,
  );
  const isWhole = runs.every((run) => study.isWhole(OUT, run));
  const resident = Math.round(Math.max(0, ...sights.map((sight) => sight?.resident ?? 0)) / 2 ** 20);
  return {
    part: `${windows} windows on one folder`,
    faults: killed,
    recovered: isKept && isSeen && isWhole && crashes === 0 ? killed : 0,
    lost: (isKept ? 0 : 1) + (isWhole ? 0 : 1),
    crashes: crashes + (isSeen ? 0 : 1),
    note: `${runs.length} runs, ${noted.size} notes; all see all; ${resident} MB at most`,
  };
}

/** Names of all runs, done. */
async function finishRuns(study: Study): Promise<string[]> {
  const index = createRunIndex(path.join(study.folder, OUT));
  const folder = path.join(study.folder, OUT, 'runs');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('tiny-')) : [];
  for (const resumed = new Set<string>(); ;) {
    await index.refresh();
    const open = index.runs().find(({ state }) => state !== 'done');
    if (!open) return names;
    if (isUnderWay(open.state)) await wait(200);
    else if (resumed.has(open.run)) throw new Error(`${open.run} is ${open.state} though it was resumed`);
    else {
      resumed.add(open.run);
      await study.start(['resume', open.run, '--out', OUT]).ended;
    }
  }
}

class Window {
  readonly said: Said[] = [];
  errors = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private onLine = (): void => {};

  constructor(
    study: Study,
    {
      name,
      turns,
      seed,
      root,
    }: { readonly name: string; readonly turns: number; readonly seed: number; readonly root: string },
  ) {
    const program = path.join(root, 'dist', 'scripts', 'campaignWindow.js');
    const entry = path.join(study.program.folder, 'cli.js');
    const args = [program, entry, path.join(study.folder, EXPERIMENT), path.join(study.folder, OUT), name];
    this.child = spawn(process.execPath, [...args, `${seed}`, `${turns}`], {
      ...{ cwd: study.folder, env: study.recorded, stdio: ['pipe', 'pipe', 'pipe'] },
    });
    let rest = '';
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop()!;
      this.said.push(...parts.map((line) => JSON.parse(line) as Said));
      this.onLine();
    });
    this.child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.ended = new Promise((done) => this.child.once('close', () => done()));
  }

  /** Rejects when it ends before that. */
  async seen(type: Said['type'], times = 1): Promise<void> {
    const isThere = (): boolean => this.said.filter((one) => one.type === type).length >= times;
    const found = new Promise<void>((done) => {
      this.onLine = () => void (isThere() && done());
      this.onLine();
    });
    const gone = this.ended.then(() => {
      if (!isThere()) throw new Error(`a window ended: ${this.errors}`);
    });
    await Promise.race([found, gone]);
  }

  kill(): boolean {
    return this.child.kill('SIGKILL');
  }

  /** What it sees in the end, once it has heard of the last change. */
  async close(runs: number): Promise<Extract<Said, { type: 'sees' }> | undefined> {
    this.child.stdin!.end(`${runs}\n`);
    await this.ended;
    return this.said.find((one) => one.type === 'sees');
  }
}
