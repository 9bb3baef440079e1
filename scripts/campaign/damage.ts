/**
 * Files that runs left, or have in hand, damaged one at a time: records, checkpoints, snapshots, features, curves, episodes, maps,
 * manifests. Whoever goes on must end with the results that nobody disturbed.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deriveRandom, type Random } from '../../src/shared/random';
import { comparable, experimentText, leftovers, lines, listFiles } from '../../test/pipeline/tinyRun';
import { mutate } from '../fuzz/mutateWeights';
import { untilGone } from './kills';
import type { Outcome } from './outcome';
import { TICK, type Study } from './study';

const FILE = 'rich.transfer.yaml';

/** A pretraining with snapshots, one that takes one of them, episodes and a map. */
const text = `${experimentText({
  name: 'rich',
  pretrainings: [`${lines.supervised(12)}, snapshots: [0, 4]`, 'id: early, method: snapshot, of: supervised, at: 4'],
  transfers: [
    lines.probe,
    'id: episodes, task: few-shot, data: tiny, ways: 2, shots: 1, queries: 1, episodes: 4, layers: [layer4], base: 0, novel: 1, validation: 0',
  ],
})}analyses:
  - { kind: embedding, method: pca, layers: [layer4], images: 8, neighbours: 3 }
`;

export async function damageStages(study: Study, faults: number, seed: number): Promise<Outcome> {
  writeFileSync(path.join(study.folder, FILE), text);
  const whole = await study.start(['run', FILE, '--json', '--out', 'rich-whole']).ended;
  if (whole.code !== 0) throw new Error(`the run that is to be damaged failed: ${whole.err}`);
  const expected = JSON.stringify(comparable(path.join(study.folder, 'rich-whole'), 'rich-1'));
  await leaveHalf(study, Math.ceil(whole.out.split(TICK).length / 4));
  const kinds = new Set<string>();
  let [recovered, lost, crashes] = [0, 0, 0];
  for (let fault = 0; fault < faults; fault++) {
    const random = deriveRandom(seed, 'campaign damage', fault);
    const place = path.join(study.folder, 'rich-damaged');
    rmSync(place, { recursive: true, force: true });
    cpSync(path.join(study.folder, random.integer(2) === 0 ? 'rich-whole' : 'rich-half'), place, { recursive: true });
    const damaged = damageOne(place, random);
    kinds.add(path.basename(damaged).replace(/-?\d+/, ''));
    const resumed = await study.start(['resume', 'rich-1', '--out', 'rich-damaged']).ended;
    // What a run needs to go on at all is told in a sentence; the experiment itself can be run again.
    const run = resumed.code === 0 ? 'rich-1' : 'rich-2';
    if (resumed.code !== 0 && !/^error: /m.test(resumed.err)) crashes++;
    const again = run === 'rich-1' ? resumed : await study.start(['run', FILE, '--out', 'rich-damaged']).ended;
    const results = again.code === 0 ? JSON.stringify(comparable(place, run)) : again.err;
    if (results === expected && leftovers(place).length === 0) recovered++;
    else {
      lost++;
      process.stderr.write(`${damaged}: ${again.err}${leftovers(place).join(' ')}\n`);
    }
  }
  const note = [...kinds].sort().join(', ');
  return { part: 'damaged files of runs, gone on with', faults, recovered, lost, crashes, note };
}

/** A run whose command and worker were killed after so many ticks. */
async function leaveHalf(study: Study, ticks: number): Promise<void> {
  const job = study.start(['run', FILE, '--json', '--out', 'rich-half']);
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
