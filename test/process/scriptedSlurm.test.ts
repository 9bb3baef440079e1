/**
 * The built command on a cluster of scripts, where faults can be made to happen: results that show up late, stages that vanish,
 * two submitters, machines that fail and whose clocks differ, torn checkpoints, jobs that the controller has forgotten.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { comparable, experimentText, leftovers, lines, readManifest, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { startScriptedSlurm, type ScriptedJob, type ScriptedSlurm } from '../support/scriptedSlurm/scriptedSlurm';
import { copyProgram, type Ended, type Program } from './realProgram';

const RUN = 'tiny-1';
const LIMIT_MS = 180_000;
const ANALYSIS = '{ kind: cka, between: [moco, random], data: tiny, layers: [layer2, layer4] }';
let program: Program;
let slurm: ScriptedSlurm;
let folder: ReturnType<typeof makeFolder>;
let ended: (job: ScriptedJob) => void = () => {};

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  slurm = startScriptedSlurm({ onEnded: (job) => ended(job) });
  await writeTinyImages(join(folder.path, 'images'), 6);
  const pretrainings = [lines.moco(8), lines.random];
  writeFileSync(join(folder.path, 'tiny.transfer.yaml'), experimentText({ pretrainings, transfers: [lines.probe] }));
  expect(await tell('run', 'tiny.transfer.yaml', '--out', 'whole')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await slurm.stop();
  program.remove();
  folder.remove();
});

const at = (out: string, ...names: string[]): string => join(folder.path, out, ...names);
const tell = (...args: string[]): Promise<Ended> => program.run(folder.path, args, slurm.env);
const until = async (look: () => boolean): Promise<void> => {
  for (const limit = performance.now() + LIMIT_MS; !look();) {
    if (performance.now() > limit) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
/** Status file of the first part that computes such stages. */
const partOf = (out: string, kind: string): string | undefined => {
  const parts = at(out, 'runs', RUN, 'parts');
  return (existsSync(parts) ? readdirSync(parts) : []).find(
    (name) => name.includes(`-${kind}-`) && /\d\.json$/.test(name),
  );
};
const only = (pretraining: string) =>
  Object.fromEntries(Object.entries(comparable(at('whole'), RUN)).filter(([id]) => id.startsWith(`${pretraining}/`)));
const finish = async (out: string, run = RUN): Promise<void> => {
  for (const limit = performance.now() + LIMIT_MS; performance.now() < limit;) {
    const { out: text } = await tell('queue', run, '--json', '--out', out);
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

it('graphics processors that are asked for every job are computed on', async () => {
  const submitted = await tell(
    'submit',
    'tiny.transfer.yaml',
    '--out',
    'gpus',
    ...['--only', 'random', '--runtime', 'auto', '--gpus', '1'],
  );
  expect(submitted).toMatchObject({ code: 0, err: '' });
  expect(readManifest(at('gpus'), RUN).runtime.name).toBe('tensorflow-gpu');
  expect(await tell('cancel', RUN, '--out', 'gpus')).toMatchObject({ code: 0 });
});

it(
  'results that other machines see late are waited for',
  async () => {
    await tell('submit', 'tiny.transfer.yaml', '--out', 'late', '--only', 'random');
    const { stages } = readManifest(at('late'), RUN);
    const features = stages.find(({ id }) => id === 'random/seed-0/features/tiny:val')!;
    const [there, hidden] = [at('late', 'stages', features.key), at('late', 'hidden')];
    ended = () => void (existsSync(there) && renameSync(there, hidden));
    await until(() => partOf('late', 'transfer') !== undefined);
    // The transfer's job has begun and finds nothing; whoever looks decides nothing.
    const before = slurm.calls('sbatch');
    await tell('queue', RUN, '--out', 'late');
    expect(slurm.calls('sbatch')).toBe(before);
    expect(existsSync(hidden)).toBe(true);
    ended = () => {};
    renameSync(hidden, there);
    await finish('late');
    expect(comparable(at('late'), RUN)).toEqual(only('random'));
    expect(slurm.calls('sbatch')).toBe(before);
  },
  LIMIT_MS,
);

it(
  'two submitters at once, clocks that are an hour off, a machine that fails, a killed job, a deleted result: all the same',
  async () => {
    const clock = join(import.meta.dirname, '..', 'support', 'scriptedSlurm', 'otherClock.mjs');
    const shift = 'CLOCK_OFF_MS=$((SLURM_ARRAY_JOB_ID % 2 ? -3600000 : 3600000))';
    const setup = ['--setup', `export NODE_OPTIONS=--import=${clock} ${shift}`];
    const submits = [1, 2].map(() => tell('submit', 'tiny.transfer.yaml', '--out', 'two', ...setup));
    for (const { code, err } of await Promise.all(submits)) expect({ code, err }).toEqual({ code: 0, err: '' });
    await until(() => slurm.processes().size > 0);
    const [lost, killed] = [...slurm.processes()];
    slurm.loseMachine(lost![0]);
    if (killed) process.kill(-killed[1], 'SIGKILL');
    await finish('two');
    await finish('two', 'tiny-2');
    for (const run of [RUN, 'tiny-2']) expect(comparable(at('two'), run)).toEqual(comparable(at('whole'), RUN));
    expect(leftovers(at('two'))).toEqual([]);
    // Deleted behind everybody's back: asked for again, it is made again, and nothing else.
    const before = slurm.jobs().length;
    const gone = readManifest(at('two'), RUN).stages.find(({ kind }) => kind === 'transfer')!;
    rmSync(at('two', 'stages', gone.key), { recursive: true });
    await tell('resume', RUN, '--out', 'two');
    await until(() => existsSync(at('two', 'stages', gone.key, 'record.json')));
    await until(() => slurm.processes().size === 0);
    expect(slurm.jobs().length).toBe(before + 1);
    expect(comparable(at('two'), RUN)).toEqual(comparable(at('whole'), RUN));
  },
  LIMIT_MS,
);

it(
  'a checkpoint that its machine took down half written is noticed: the training begins again and ends the same',
  async () => {
    await tell('submit', 'tiny.transfer.yaml', '--out', 'torn', '--only', 'moco');
    const { key } = readManifest(at('torn'), RUN).stages.find(({ id }) => id === 'moco/seed-0')!;
    const state = at('torn', 'stages', key, 'training.safetensors');
    await until(() => existsSync(state));
    // Held, so that it cannot write another.
    const [job, group] = [...slurm.processes()][0]!;
    process.kill(-group, 'SIGSTOP');
    expect(existsSync(state)).toBe(true);
    truncateSync(state, 1000);
    slurm.loseMachine(job);
    await finish('torn');
    expect(comparable(at('torn'), RUN)).toEqual(only('moco'));
    expect(leftovers(at('torn'))).toEqual([]);
    const logs = at('torn', 'runs', RUN, 'logs');
    const said = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
    expect(said.join('')).toMatch(/the saved training state cannot be used \(.*\); the training starts again/);
  },
  LIMIT_MS,
);

it(
  'a job whose dependency failed and was forgotten computes nothing, and what failed stays failed',
  async () => {
    const wild = experimentText({ pretrainings: [lines.supervised(60, 1000)], transfers: [lines.probe], name: 'wild' });
    writeFileSync(join(folder.path, 'wild.transfer.yaml'), wild);
    ended = ({ id, index }) => slurm.forget(`${id}_${index}`);
    const { code } = await tell('submit', 'wild.transfer.yaml', '--out', 'forgotten');
    expect(code).toBe(0);
    const needs = readManifest(at('forgotten'), 'wild-1').stages.filter(({ kind }) => kind !== 'pretraining');
    // The controller lets the dependants begin, since it knows nothing against it; they need not wait long for files.
    const engine = at('forgotten', 'runs', 'wild-1', 'engine');
    for (const name of readdirSync(engine).filter((name) => /-(features|transfer)-.*\.json$/.test(name))) {
      const submission = JSON.parse(readFileSync(join(engine, name), 'utf8')) as object;
      writeFileSync(join(engine, name), JSON.stringify({ ...submission, patienceSeconds: 1 }));
    }
    const parts = at('forgotten', 'runs', 'wild-1', 'parts');
    const exits = (): unknown[] =>
      (existsSync(parts) ? readdirSync(parts) : [])
        .filter((name) => /\d\.json$/.test(name) && !name.includes('-pretraining-'))
        .map((name) => (JSON.parse(readFileSync(join(parts, name), 'utf8')) as { exitCode?: number }).exitCode);
    await until(() => exits().includes(77));
    ended = () => {};
    let state = '';
    await until(() => slurm.processes().size === 0);
    for (let look = 0; look < 20 && state !== 'failed'; look++) {
      const { out } = await tell('queue', 'wild-1', '--json', '--out', 'forgotten');
      [{ state }] = JSON.parse(out) as [{ state: string }];
    }
    expect(state).toBe('failed');
    expect(needs.length).toBeGreaterThan(0);
    for (const { key } of needs) expect(existsSync(at('forgotten', 'stages', key, 'record.json'))).toBe(false);
  },
  LIMIT_MS,
);
