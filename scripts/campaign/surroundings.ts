/** What may be wrong around the program: the disk, the clock, and more of everything than anybody has. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { createMetricsReader } from '../../src/runs/metricsReader';
import { readLogTail } from '../../src/runs/runDetails';
import { createRunIndex } from '../../src/runs/runIndex';
import { validate } from '../../src/shared/editing/validation';
import { makeLongExperiment } from '../../test/support/longExperiment';
import { writeRun } from '../../test/support/runFolders';
import type { Outcome } from './outcome';
import { RICH_FILE, RICH_ROWS, type RichStudy } from './richStudy';
import { RUN, type Study } from './study';

/** A small file system that is full, or becomes read-only, at several moments; then there is room again. Needs root. */
export async function spoilDisk(study: Study): Promise<Outcome> {
  const part = 'full and read-only disks';
  const disk = path.join(study.folder, 'disk');
  mkdirSync(disk, { recursive: true });
  let [faults, recovered, lost, crashes] = [0, 0, 0, 0];
  for (const kibibytes of [1024, 976, 900, 800, 700, 'read-only'] as const) {
    const mounted = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      kibibytes === 'read-only' ? 'ro' : 'size=1m',
      'tmpfs',
      disk,
    ]);
    if (mounted.status !== 0)
      return { part, faults, recovered, lost, crashes, note: 'not done: a small disk can only be made by root' };
    try {
      const ballast = path.join(disk, 'ballast');
      if (kibibytes !== 'read-only') writeFileSync(ballast, new Uint8Array(1024 * kibibytes));
      const first = await study.start(['run', 'tiny.transfer.yaml', '--out', 'disk/out']).ended;
      if (first.code === 0) continue;
      faults++;
      if (!/^error: cannot write/m.test(first.err)) crashes++;
      if (kibibytes === 'read-only') spawnSync('mount', ['-o', 'remount,rw,size=8m', disk]);
      else unlinkSync(ballast);
      spawnSync('mount', ['-o', 'remount,size=8m', disk]);
      const resumed = await study.start(['resume', 'last', '--out', 'disk/out']).ended;
      if (resumed.code !== 0) await study.start(['run', 'tiny.transfer.yaml', '--out', 'disk/out']).ended;
      if (study.isWhole('disk/out')) recovered++;
      else lost++;
    } finally {
      spawnSync('umount', [disk]);
    }
  }
  return { part, faults, recovered, lost, crashes, note: '' };
}

/** Rows that are done, then a disk so full that only some of what analyses leave fits; then there is room again. Needs root. */
export async function fillDiskBeforeAnalyses(study: Study, rich: RichStudy): Promise<Outcome> {
  const part = 'disks full when analyses and episodes are written';
  const disk = path.join(study.folder, 'small');
  mkdirSync(disk, { recursive: true });
  let [faults, recovered, lost, crashes] = [0, 0, 0, 0];
  for (const kibibytes of [4, 16, 48]) {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status !== 0)
      return { part, faults, recovered, lost, crashes, note: 'not done: a small disk can only be made by root' };
    try {
      const out = ['--out', 'small/out'];
      await study.start(['run', RICH_FILE, '--only', ...RICH_ROWS, ...out]).ended;
      const { bavail, bsize } = statfsSync(disk);
      const ballast = path.join(disk, 'ballast');
      writeFileSync(ballast, new Uint8Array(bavail * bsize - 1024 * kibibytes));
      const full = await study.start(['run', RICH_FILE, ...out]).ended;
      unlinkSync(ballast);
      if (full.code === 0) continue;
      faults++;
      if (!/cannot write/.test(full.err + full.out)) crashes++;
      const again = await study.start(['run', RICH_FILE, ...out]).ended;
      const [run] = readdirSync(path.join(disk, 'out', 'runs'))
        .sort()
        .slice(-1);
      if (again.code === 0 && rich.isWhole('small/out', run!)) recovered++;
      else lost++;
    } finally {
      spawnSync('umount', [disk]);
    }
  }
  return { part, faults, recovered, lost, crashes, note: '' };
}

/** Runs and helpers whose clock is set forward and back by an hour every second. */
export async function shiftClocks(study: Study, root: string, runs: number): Promise<Outcome> {
  const clock = path.join(root, 'test', 'support', 'scriptedSlurm', 'otherClock.mjs');
  const env = { NODE_OPTIONS: `--import=${clock}`, CLOCK_JUMP_MS: '3600000' };
  let [recovered, lost, crashes] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const { code } = await study.start(['run', 'tiny.transfer.yaml', '--workers', '2', '--out', `clock-${run}`], env)
      .ended;
    if (code !== 0) crashes++;
    if (study.isWhole(`clock-${run}`)) recovered++;
    else lost++;
  }
  for (let pair = 0; pair < runs; pair++) {
    // Each holds the other's claims to be two hours old, or two hours from now.
    const commands = [-3_600_000, 3_600_000].map((off) => {
      const shifted = { NODE_OPTIONS: env.NODE_OPTIONS, CLOCK_OFF_MS: String(off) };
      return study.start(['run', 'tiny.transfer.yaml', '--out', `clocks-${pair}`], shifted).ended;
    });
    crashes += (await Promise.all(commands)).filter(({ code }) => code !== 0).length;
    if (['tiny-1', 'tiny-2'].every((run) => study.isWhole(`clocks-${pair}`, run))) recovered++;
    else lost++;
  }
  const note = 'by an hour, every second; two commands two hours apart on one folder';
  return { part: 'clocks set forward and back', faults: 2 * runs, recovered, lost, crashes, note };
}

/** 200 experiments in one workspace, a file of 5,000 lines, a log and curves of a week: opened, and what that takes. */
export async function openMuch(folder: string, seconds = 604_800): Promise<Outcome> {
  const out = path.join(folder, 'much');
  for (let i = 0; i < 200; i++)
    writeRun({ out, run: `experiment-${i}-1`, file: `/w/e${i}.transfer.yaml`, stages: { 'moco/seed-0': 'done' } });
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  const index = createRunIndex(out);
  await index.refresh();
  if (index.runs().length !== 200) throw new Error(`${index.runs().length} of 200 runs were found`);
  const indexed = performance.now();
  validate(makeLongExperiment(5000), { fileName: 'long', recipes: new Map() });
  const validated = performance.now();
  await writeWeek(path.join(out, 'stages', 'week'), path.join(out, 'runs', RUN), seconds);
  const written = performance.now();
  const { metrics } = await createMetricsReader().read(out, 'week');
  const tail = await readLogTail(path.join(out, 'runs', RUN));
  const read = performance.now();
  if (metrics.curve('loss') === undefined || tail.length === 0) throw new Error('the week left nothing to show');
  const grown = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
  rmSync(out, { recursive: true, force: true });
  const times = [indexed - begun, validated - indexed, read - written].map((ms) => `${ms.toFixed(0)} ms`);
  const note = `200 experiments ${times[0]}, 5,000 lines ${times[1]}, a point and a line each second of a week ${times[2]}; ${grown} MB`;
  return { part: 'much of everything', faults: 3, recovered: 3, lost: 0, crashes: 0, note };
}

async function writeWeek(stage: string, run: string, seconds: number): Promise<void> {
  for (const folder of [stage, run]) mkdirSync(folder, { recursive: true });
  const curves = createWriteStream(path.join(stage, 'metrics.jsonl'));
  const log = createWriteStream(path.join(run, 'log.jsonl'));
  for (let second = 0; second < seconds; second++) {
    const isRoom = curves.write(`{"step":${second},"metrics":{"loss":${(1 + 1 / (1 + second)).toFixed(6)}}}\n`);
    log.write(`{"at":"2026-01-01T00:00:00.000Z","level":"info","message":"second ${second}"}\n`);
    if (!isRoom) await once(curves, 'drain');
  }
  await Promise.all([curves, log].map((stream) => new Promise<void>((done) => stream.end(done))));
}
