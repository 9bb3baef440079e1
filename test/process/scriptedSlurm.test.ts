/**
 * The built command on a cluster of scripts, where faults can be made to happen: a small twin of a study through every engine,
 * results that show up late, stages that vanish, two submitters, machines whose clocks differ.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { comparable, experimentText, leftovers, lines, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { startScriptedSlurm, type ScriptedSlurm } from '../support/scriptedSlurm/scriptedSlurm';
import { copyProgram, type Ended, type Program } from './realProgram';

const RUN = 'tiny-1';
const LIMIT_MS = 180_000;
const ANALYSIS = '{ kind: cka, between: [moco, random], data: tiny, layers: [layer2, layer4] }';
let program: Program;
let slurm: ScriptedSlurm;
let folder: ReturnType<typeof makeFolder>;

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  slurm = startScriptedSlurm();
  await writeTinyImages(join(folder.path, 'images'), 6);
  const pretrainings = [lines.moco(8), lines.random];
  writeFileSync(join(folder.path, 'tiny.transfer.yaml'), experimentText({ pretrainings, transfers: [lines.probe] }));
});
afterAll(async () => {
  await slurm.stop();
  program.remove();
  folder.remove();
});

const at = (out: string, ...names: string[]): string => join(folder.path, out, ...names);
const tell = (...args: string[]): Promise<Ended> => program.run(folder.path, args, slurm.env);
const finish = async (out: string): Promise<void> => {
  for (const limit = performance.now() + LIMIT_MS; performance.now() < limit;) {
    const { out: text } = await tell('queue', RUN, '--json', '--out', out);
    const [{ state }] = JSON.parse(text) as [{ state: string }];
    if (state === 'done') return;
    expect(['submitted', 'running', 'interrupted']).toContain(state);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${out} did not end`);
};

it(
  'an analysis of the command line is computed there as here',
  async () => {
    const more = ['--analysis', ANALYSIS, '--seed', '1', '--only', 'random', 'cka'];
    const local = tell('run', 'tiny.transfer.yaml', '--out', 'local', ...more);
    const submitted = await tell('submit', 'tiny.transfer.yaml', '--out', 'analysis', ...more);
    expect(submitted).toMatchObject({ code: 0, err: '' });
    expect(await local).toMatchObject({ code: 0 });
    await finish('analysis');
    expect(Object.keys(comparable(at('analysis'), RUN)).some((id) => id.includes('cka'))).toBe(true);
    expect(comparable(at('analysis'), RUN)).toEqual(comparable(at('local'), RUN));
    expect(leftovers(at('analysis'))).toEqual([]);
  },
  LIMIT_MS,
);
