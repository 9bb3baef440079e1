/**
 * Processes killed with SIGKILL at moments drawn from a seed, one after another over the same study, until it is done; then
 * over a new one. Workers, helpers and the command on this machine; submitters and jobs on a cluster of scripts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deriveRandom, type Random } from '../../src/shared/random';
import { startScriptedSlurm } from '../../test/support/scriptedSlurm/scriptedSlurm';
import type { Outcome } from './outcome';
import { RUN, TICK, type Study } from './study';

const VICTIMS = ['worker', 'helper', 'command'] as const;

export async function killLocally(study: Study, kills: number, seed: number): Promise<Outcome> {
  let [done, recovered, lost, crashes, studies, starts] = [0, 0, 0, 0, 0, 0];
  for (; done < kills; studies++) {
    const out = `local-${studies}`;
    const before = done;
    for (let isEnded = false; !isEnded;) {
      const hasBegun = existsSync(path.join(study.folder, out, 'runs', RUN, 'manifest.json'));
      const work = hasBegun ? ['resume', RUN] : ['run', 'tiny.transfer.yaml'];
      const job = study.start([...work, '--workers', '2', '--json', '--out', out]);
      if (done < kills) {
        const random = deriveRandom(seed, 'campaign kill', starts++);
        const isUnderWay = await job.seen(TICK, 1 + random.integer(Math.ceil(study.ticks / 3))).then(
          () => true,
          () => false,
        );
        if (isUnderWay && killOne(study, out, job.child.pid!, random)) done++;
      }
      const { code, signal, err } = await job.ended;
      isEnded = code === 0;
      // Killed, or told in a sentence that its worker was.
      if (!isEnded && signal !== 'SIGKILL' && !/^(warning|error): /m.test(err)) crashes++;
      await untilGone(path.join(study.folder, out, 'runs', RUN));
    }
    if (study.isWhole(out)) recovered += done - before;
    else lost++;
  }
  return {
    part: 'kills of workers, helpers and the command',
    faults: done,
    recovered,
    lost,
    crashes,
    note: `${studies} studies`,
  };
}

/** False when there is none such any more. */
function killOne(study: Study, out: string, command: number, random: Random): boolean {
  const victim = VICTIMS[random.integer(VICTIMS.length)]!;
  const folder = path.join(study.folder, out, 'runs', RUN);
  // Where memory does not allow a helper, the worker it is.
  const files = victim === 'helper' ? statusFiles(path.join(folder, 'parts')) : [];
  files.push(path.join(folder, 'status.json'));
  const pid = victim === 'command' ? command : files.map(pidIn).find((one) => one !== undefined && isAlive(one));
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** A worker whose command was killed makes a checkpoint and ends by itself. */
export async function untilGone(folder: string): Promise<void> {
  const files = [path.join(folder, 'status.json'), ...statusFiles(path.join(folder, 'parts'))];
  for (const pid of files.map(pidIn)) while (pid !== undefined && isAlive(pid)) await wait(50);
}

function statusFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.endsWith('.json')).map((name) => path.join(folder, name));
}

function pidIn(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid?: number }).pid;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export async function killOnCluster(
  study: Study,
  kills: number,
  options: { readonly seed: number; readonly root: string },
): Promise<Outcome> {
  const tool = path.join(options.root, 'test', 'support', 'scriptedSlurm', 'tool.mjs');
  const slurm = startScriptedSlurm({ tool });
  let [done, recovered, lost, crashes, studies] = [0, 0, 0, 0, 0];
  try {
    for (; done < kills; studies++) {
      const out = `cluster-${studies}`;
      const before = done;
      const random = deriveRandom(options.seed, 'campaign cluster', studies);
      const folder = path.join(study.folder, out, 'runs', RUN);
      for (let attempt = 0; !existsSync(path.join(folder, 'engine', 'request.json')); attempt++) {
        // A run folder that was made and never asked for is asked for.
        const isPlanned = existsSync(path.join(folder, 'manifest.json'));
        const work = isPlanned ? ['resume', RUN] : ['submit', 'tiny.transfer.yaml', '--attempts', '50'];
        const job = study.start([...work, '--out', out], slurm.env);
        if (attempt === 0 && done < kills) {
          await Promise.race([wait(200 + random.integer(2500)), job.ended]);
          if (job.child.exitCode === null && job.child.kill('SIGKILL')) done++;
        }
        await job.ended;
      }
      for (let state = ''; state !== 'done';) {
        const running = [...slurm.processes().values()];
        if (running.length > 0 && done < kills) {
          await wait(random.integer(1500));
          if (killGroup(running[random.integer(running.length)]!)) done++;
        }
        const { code, out: said, err } = await study.start(['queue', RUN, '--json', '--out', out], slurm.env).ended;
        if (code !== 0) throw new Error(`queue failed: ${err}`);
        [{ state }] = JSON.parse(said) as [{ state: string }];
        if (state === 'failed') {
          crashes++;
          break;
        }
      }
      // What killed jobs left unfinished is cleared up by whoever looks when no job is there any more.
      while (slurm.processes().size > 0) await wait(50);
      await study.start(['queue', RUN, '--out', out], slurm.env).ended;
      if (study.isWhole(out)) recovered += done - before;
      else lost++;
    }
  } finally {
    await slurm.stop();
  }
  return { part: 'kills of submitters and jobs', faults: done, recovered, lost, crashes, note: `${studies} studies` };
}

function killGroup(pid: number): boolean {
  try {
    process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
