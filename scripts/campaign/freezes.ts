/**
 * Processes that are stopped with SIGSTOP and go on later, as those of a laptop that sleeps or a debugger that holds them: the command
 * whose worker goes on alone, and a worker whose claim a helper takes over.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunStatus } from '../../src/shared/results/runManifest';
import type { Outcome } from './outcome';
import { RUN, TICK, type Study } from './study';

const VICTIMS = ['command', 'worker'] as const;

export async function freezeProcesses(study: Study): Promise<Outcome> {
  let [recovered, lost, crashes] = [0, 0, 0];
  for (const victim of VICTIMS) {
    const out = `frozen-${victim}`;
    const job = study.start(['run', 'tiny.transfer.yaml', '--workers', '2', '--json', '--out', out]);
    await job.seen(TICK, 3);
    const folder = path.join(study.folder, out, 'runs', RUN);
    const worker = statusIn(folder).pid;
    const pid = victim === 'command' ? job.child.pid! : worker;
    process.kill(pid, 'SIGSTOP');
    // Without the command everything is computed; without the worker the helper does what it can.
    if (victim === 'command') while (statusIn(folder).state === 'running') await wait(100);
    else await wait(FROZEN_MS);
    process.kill(pid, 'SIGCONT');
    const { code, err } = await job.ended;
    if (code !== 0) {
      crashes++;
      process.stderr.write(`${victim}: ${err}\n`);
    }
    if (study.isWhole(out)) recovered++;
    else lost++;
  }
  const faults = VICTIMS.length;
  return { part: 'processes stopped for a while', faults, recovered, lost, crashes, note: VICTIMS.join(', ') };
}

/** Longer than a claim is waited for. */
const FROZEN_MS = 75_000;

function statusIn(folder: string): RunStatus {
  return JSON.parse(readFileSync(path.join(folder, 'status.json'), 'utf8')) as RunStatus;
}
