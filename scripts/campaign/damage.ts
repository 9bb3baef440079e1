/**
 * Files that runs left, or have in hand, damaged one at a time: records, checkpoints, snapshots, features, curves, episodes, maps,
 * manifests. Whoever goes on must end with the results that nobody disturbed.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deriveRandom, type Random } from '../../src/shared/random';
import { listFiles } from '../../test/pipeline/tinyRun';
import { mutate } from '../fuzz/mutateWeights';
import { untilGone } from './kills';
import type { Outcome } from './outcome';
import { RICH_FILE, RICH_OUT, type RichStudy } from './richStudy';
import { TICK, type Study } from './study';

export async function damageStages(
  study: Study,
  rich: RichStudy,
  { faults, seed }: { readonly faults: number; readonly seed: number },
): Promise<Outcome> {
  await leaveHalf(study, Math.ceil(rich.ticks / 4));
  const kinds = new Set<string>();
  let [recovered, lost, crashes] = [0, 0, 0];
  for (let fault = 0; fault < faults; fault++) {
    const random = deriveRandom(seed, 'campaign damage', fault);
    const place = path.join(study.folder, 'rich-damaged');
    rmSync(place, { recursive: true, force: true });
    cpSync(path.join(study.folder, random.integer(2) === 0 ? RICH_OUT : 'rich-half'), place, { recursive: true });
    const damaged = damageOne(place, random);
    kinds.add(path.basename(damaged).replace(/-?\d+/, ''));
    const resumed = await study.start(['resume', 'rich-1', '--out', 'rich-damaged']).ended;
    // What a run needs to go on at all is told in a sentence; the experiment itself can be run again.
    const run = resumed.code === 0 ? 'rich-1' : 'rich-2';
    if (resumed.code !== 0 && !/^error: /m.test(resumed.err)) crashes++;
    const again = run === 'rich-1' ? resumed : await study.start(['run', RICH_FILE, '--out', 'rich-damaged']).ended;
    if (again.code === 0 && rich.isWhole('rich-damaged', run)) recovered++;
    else {
      lost++;
      process.stderr.write(`${damaged}: ${again.err}\n`);
    }
  }
  const note = [...kinds].sort().join(', ');
  return { part: 'damaged files of runs, gone on with', faults, recovered, lost, crashes, note };
}

/** A run whose command and worker were killed after so many ticks. */
async function leaveHalf(study: Study, ticks: number): Promise<void> {
  const job = study.start(['run', RICH_FILE, '--json', '--out', 'rich-half']);
  await job.seen(TICK, ticks);
  process.kill(-job.child.pid!, 'SIGKILL');
  await job.ended;
  await untilGone(path.join(study.folder, 'rich-half', 'runs', 'rich-1'));
}

/** Changes, empties, cuts or removes one file. */
function damageOne(place: string, random: Random): string {
  const files = listFiles(place).filter((name) => !/log\.jsonl$|load\.jsonl$|\.yaml$/.test(name));
  const name = files[random.integer(files.length)]!;
  const file = path.join(place, name);
  const bytes = new Uint8Array(readFileSync(file));
  const way = random.integer(5);
  if (way === 0) rmSync(file);
  else if (way === 1) writeFileSync(file, '');
  else if (way === 2) writeFileSync(file, bytes.subarray(0, random.integer(Math.max(1, bytes.length))));
  else writeFileSync(file, mutate(bytes, [{ name, bytes }], random));
  return name;
}
