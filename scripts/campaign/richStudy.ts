/** A study with more to lose: snapshots, a pretraining that takes one, episodes and a map; and what an undisturbed run of it leaves. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { comparable, experimentText, leftovers, lines } from '../../test/pipeline/tinyRun';
import { TICK, type Study } from './study';

export const RICH_FILE = 'rich.transfer.yaml';
/** Of the undisturbed run, in the study's folder. */
export const RICH_OUT = 'rich-whole';
/** Its rows, without which there is nothing to analyse. */
export const RICH_ROWS: readonly string[] = ['supervised', 'early'];

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

export interface RichStudy {
  readonly ticks: number;
  /** Whether a run's results are those of the undisturbed one and nothing is left lying about. */
  isWhole(out: string, run: string): boolean;
}

export async function makeRichStudy(study: Study): Promise<RichStudy> {
  writeFileSync(path.join(study.folder, RICH_FILE), text);
  const { code, out, err } = await study.start(['run', RICH_FILE, '--json', '--out', RICH_OUT]).ended;
  if (code !== 0) throw new Error(`the undisturbed run failed: ${err}`);
  const results = (name: string, run: string): string => JSON.stringify(comparable(path.join(study.folder, name), run));
  const expected = results(RICH_OUT, 'rich-1');
  return {
    ticks: out.split(TICK).length - 1,
    isWhole: (name, run) => results(name, run) === expected && leftovers(path.join(study.folder, name)).length === 0,
  };
}
