/** The pipeline with everything real except the augmentation threads: what is kept, reused, redone, failed, shared. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { deriveRandom } from '../../src/shared/random';
import type { PretrainingResult } from '../../src/shared/results/records';
import { loadBackboneWeights } from '../../src/worker/checkpoint/weightsFile';
import { createBackbone } from '../../src/worker/models/registry';
import { runPipeline } from '../../src/worker/pipeline';
import { digestTensors } from '../../src/worker/train/trainingState';
import * as run from './tinyRun';
import { makeFolder, tinyBackbone } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

let folder: ReturnType<typeof makeFolder>;
let out: string;
const { lines } = run;
const text = run.experimentText({
  pretrainings: [lines.random, lines.moco(), lines.supervised()],
  transfers: [lines.probe, lines.neighbours],
});
const start = (options: Parameters<typeof run.runTiny>[2] = {}) =>
  run.runTiny(runPipeline, folder.path, { text, ...options });
const stageFile = (id: string, name: string, name2 = 'tiny-1') => {
  const stage = run.readManifest(out, name2).stages.find((candidate) => candidate.id === id);
  return join(out, 'stages', stage?.key ?? 'missing', name);
};
const freshOut = () => rmSync(out, { recursive: true, force: true });

beforeAll(async () => {
  folder = makeFolder();
  out = join(folder.path, 'out');
  await run.writeTinyImages(join(folder.path, 'images'));
});
afterAll(() => folder.remove());

describe('a finished run', () => {
  let first: run.TinyRun;
  beforeAll(async () => {
    freshOut();
    first = await start();
  });

  it('has done every stage and left nothing of the work', () => {
    // 3 pretrainings, each with features of 2 splits and 2 transfers
    expect(first.outcome).toMatchObject({ state: 'done', counts: { done: 15, reused: 0, failed: 0, skipped: 0 } });
    expect(run.leftovers(out)).toEqual([]);
    const names = new Set(run.listFiles(join(out, 'stages')).map((name) => name.split('/')[1]));
    expect([...names].sort()).toEqual([
      'checkpoint.safetensors',
      'features.safetensors',
      'metrics.jsonl',
      'pace.jsonl',
      'record.json',
    ]);
    expect(run.readStatus(out, 'tiny-1').state).toBe('done');
  });

  it('is not repeated by an identical launch, which writes no stage', async () => {
    const before = run.stageTimes(out);
    const second = await start();
    expect(second.outcome).toMatchObject({ run: 'tiny-2', state: 'done', counts: { done: 0, reused: 15 } });
    expect(run.stageTimes(out)).toEqual(before);
    expect(run.comparable(out, 'tiny-2')).toEqual(run.comparable(out, 'tiny-1'));
  });

  it('keeps its pretrainings when a transfer changes', async () => {
    const changed = text.replace('k: 5', 'k: 3');
    const { outcome } = await start({ text: changed });
    expect(outcome.counts).toMatchObject({ done: 3, reused: 12 });
  });

  it('keeps everything when only names, notes and monitoring change', async () => {
    const renamed = text.replace('name: tiny', 'name: other').replaceAll('every: 4', 'every: 3');
    expect((await start({ text: renamed })).outcome.counts).toMatchObject({ done: 0, reused: 15 });
  });

  it('draws the random backbone from the seed, and neither features nor probes changed it', async () => {
    const drawn = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
    const stored = createBackbone(tinyBackbone, deriveRandom(1, 'backbone'));
    loadBackboneWeights(stored, readFileSync(stageFile('random/seed-0', 'checkpoint.safetensors')), 'checkpoint');
    const { weightsDigest } = run.readRecords(out, 'tiny-1').get('random/seed-0')!.result as PretrainingResult;
    expect(digestTensors(await drawn.weights.exportTensors())).toBe(weightsDigest);
    expect(digestTensors(await stored.weights.exportTensors())).toBe(weightsDigest);
    drawn.dispose();
    stored.dispose();
  });

  it('can be imported again, to equal weights, features and scores', async () => {
    copyFileSync(stageFile('moco/seed-0', 'checkpoint.safetensors'), join(folder.path, 'w0.safetensors'));
    const imported = run.experimentText({
      name: 'imported',
      pretrainings: [lines.imported("'w{seed}.safetensors'")],
      transfers: [lines.probe, lines.neighbours],
    });
    expect((await start({ text: imported })).outcome.state).toBe('done');
    const [before, after] = [run.readRecords(out, 'tiny-1'), run.readRecords(out, 'imported-1')];
    const digest = (records: typeof before, id: string) => (records.get(id)!.result as PretrainingResult).weightsDigest;
    expect(digest(after, 'imported/seed-0')).toBe(digest(before, 'moco/seed-0'));
    for (const rest of ['features/tiny:train', 'features/tiny:val', 'probe', 'neighbours']) {
      const [one, two] = [before.get(`moco/seed-0/${rest}`)!, after.get(`imported/seed-0/${rest}`)!];
      expect({ result: two.result, files: two.files }).toEqual({ result: one.result, files: one.files });
    }
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    rmSync(join(out, 'stages'), { recursive: true });
    await start();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a damaged store', () => {
  beforeAll(async () => {
    freshOut();
    await start();
  });

  const moco = 'moco/seed-0';
  const edit = (file: string, from: RegExp, to: string) => {
    const before = readFileSync(file, 'utf8');
    expect(before).toMatch(from);
    writeFileSync(file, before.replace(from, to));
  };

  it.each([
    [
      'a checkpoint cut short',
      () => truncateSync(stageFile(moco, 'checkpoint.safetensors'), 999),
      /checkpoint.safetensors has 999 bytes instead of \d+/,
    ],
    [
      'a checkpoint with one byte changed',
      () => flipLastByte(stageFile(moco, 'checkpoint.safetensors')),
      /checkpoint.safetensors was changed/,
    ],
    ['a deleted file', () => rmSync(stageFile(moco, 'metrics.jsonl')), /metrics.jsonl is missing/],
    [
      'an edited number',
      () => edit(stageFile(moco, 'record.json'), /"steps": 12/, '"steps": 13'),
      /record.json was edited/,
    ],
    [
      'another version',
      () => edit(stageFile(moco, 'record.json'), /"version": 1/, '"version": 99'),
      /record.json has version 99, this program reads 1/,
    ],
    [
      'a record that is no JSON',
      () => writeFileSync(stageFile(moco, 'record.json'), '{"version": 1, '),
      /record.json is not a record/,
    ],
    [
      'a record that is something else',
      () => writeFileSync(stageFile(moco, 'record.json'), '[null]'),
      /record.json is not a record/,
    ],
    ['a null record', () => writeFileSync(stageFile(moco, 'record.json'), 'null'), /record.json is not a record/],
    [
      "another stage's record",
      () => copyFileSync(stageFile('random/seed-0', 'record.json'), stageFile(moco, 'record.json')),
      /belongs to another stage/,
    ],
  ])('with %s is noticed, said and repaired', async (_, damage, sentence) => {
    const before = run.comparable(out, 'tiny-1');
    damage();
    const { outcome, messages } = await start();
    expect(messages).toEqual([expect.stringMatching(sentence)]);
    expect(messages[0]).toMatch(/^the stored result cannot be used \(.*\); it is computed again$/);
    expect(outcome).toMatchObject({ state: 'done', counts: { done: 1, reused: 14 } });
    expect(run.comparable(out, 'tiny-1')).toEqual(before);
    expect(run.leftovers(out)).toEqual([]);
  });

  it('with a deleted record is computed again without a word', async () => {
    const before = run.comparable(out, 'tiny-1');
    rmSync(stageFile('moco/seed-0/probe', 'record.json'));
    const { outcome, messages } = await start();
    expect([outcome.counts.done, messages]).toEqual([1, []]);
    expect(run.comparable(out, 'tiny-1')).toEqual(before);
  });

  it('sweeps what a kill between record and clean-up left', async () => {
    for (const name of ['training.safetensors', 'claim.json', 'record.json.x.tmp'])
      writeFileSync(stageFile(moco, name), '{}');
    expect((await start()).outcome.counts).toMatchObject({ done: 0, reused: 15 });
    expect(run.leftovers(out)).toEqual([]);
  });
});

function flipLastByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
}

describe('a loss that is not finite', () => {
  it('fails its branch and no other', async () => {
    freshOut();
    const wild = run.experimentText({
      pretrainings: [lines.supervised(60, 1000), lines.random],
      transfers: [lines.probe],
    });
    const { outcome, events } = await start({ text: wild });
    expect(outcome).toMatchObject({ state: 'failed', counts: { done: 4, reused: 0, failed: 1, skipped: 3 } });
    expect(outcome.failures).toEqual([
      expect.stringMatching(
        /^supervised\/seed-0: the loss became \S+ at step \d+ of "supervised" with learning rate \S+; lower/,
      ),
    ]);
    const status = run.readStatus(out, 'tiny-1');
    expect(status.state).toBe('failed');
    expect(status.message).toBe(outcome.failures[0]);
    const states = Object.fromEntries(Object.entries(status.stages).map(([id, { state }]) => [id, state]));
    expect(states).toMatchObject({
      'supervised/seed-0': 'failed',
      'supervised/seed-0/features/tiny:train': 'skipped',
      'supervised/seed-0/probe': 'skipped',
      'random/seed-0/probe': 'done',
    });
    expect(status.stages['supervised/seed-0/probe']!.message).toMatch(/^it needs supervised\/seed-0.*, which failed$/);
    expect(events.filter((event) => event.type === 'logged' && event.level === 'error')).toHaveLength(1);
    // The branch can be tried again: nothing claims it.
    expect(run.leftovers(out).filter((name) => !name.endsWith('training.safetensors'))).toEqual([]);
  });
});

describe('stopping and resuming', () => {
  it('goes on to the same end from any stage, keeping the date of the launch', async () => {
    freshOut();
    await start();
    const whole = run.comparable(out, 'tiny-1');
    for (const stopIn of ['moco/seed-0', 'moco/seed-0/features/tiny:val', 'supervised/seed-0/probe']) {
      freshOut();
      const onEvent = (event: { type: string; id?: string; state?: string }, stop: () => void) => {
        if (event.id === stopIn && (event.type === 'stageProgressed' || event.state === 'running')) stop();
      };
      const stopped = await start({ onEvent });
      expect(stopped.outcome.state).toBe('stopped');
      const status = run.readStatus(out, 'tiny-1');
      expect(status.state).toBe('stopped');
      expect(Object.values(status.stages).filter(({ state }) => state === 'running')).toEqual([]);
      const launched = run.readManifest(out, 'tiny-1').createdAt;
      const resumed = await start({ request: { resume: 'tiny-1' } });
      expect(resumed.outcome).toMatchObject({ run: 'tiny-1', state: 'done' });
      expect(run.comparable(out, 'tiny-1')).toEqual(whole);
      expect(run.readManifest(out, 'tiny-1').createdAt).toBe(launched);
      expect(run.leftovers(out)).toEqual([]);
    }
  });

  it('uses the file as it was launched, and says when the data are not the same any more', async () => {
    freshOut();
    await start({ onEvent: (event, stop) => void (event.type === 'stageProgressed' && stop()) });
    writeFileSync(join(folder.path, 'tiny.transfer.yaml'), 'name: something else');
    const extra = join(folder.path, 'images', 'val', 'class0', 'extra.png');
    copyFileSync(join(folder.path, 'images', 'val', 'class0', '32.png'), extra);
    const { outcome, events } = await run.runTiny(runPipeline, folder.path, { request: { resume: 'tiny-1' } });
    rmSync(extra);
    expect(outcome.state).toBe('done');
    const warnings = events.flatMap((event) =>
      event.type === 'logged' && event.level === 'warning' ? [event.message] : [],
    );
    expect(warnings).toContainEqual(expect.stringMatching(/have changed since the launch: \d+ of 15 stages/));
  });

  it('ends when somebody leaves a stop file', async () => {
    freshOut();
    const long = text.replace('steps: 12', 'steps: 3000');
    const stop = join(out, 'runs', 'tiny-1', 'stop');
    const { outcome } = await start({
      text: long,
      onEvent: (event) =>
        void (event.type === 'stageProgressed' && event.id === 'moco/seed-0' && writeFileSync(stop, '')),
    });
    expect(outcome.state).toBe('stopped');
    expect(run.listFiles(join(out, 'runs', 'tiny-1'))).not.toContain('stop');
  }, 20_000);

  it.each([
    ['a manifest of another version', 'manifest.json', '{"version":2}', /another version of Transferscope/],
    ['a manifest that is no JSON', 'manifest.json', '{', /cannot be resumed/],
    ['no experiment', 'experiment.yaml', undefined, /cannot be resumed/],
  ])('refuses a run with %s', async (_, name, content, sentence) => {
    freshOut();
    const only = run.experimentText({ pretrainings: [lines.random] });
    await start({ text: only });
    const file = join(out, 'runs', 'tiny-1', name);
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    await expect(start({ request: { resume: 'tiny-1' } })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(sentence) as string,
    });
  });
});

describe('results that are deleted under a run', () => {
  const endless = run.experimentText({ pretrainings: [lines.supervised(100_000)], transfers: [lines.neighbours] });
  // Metrics are logged right before a checkpoint is written, progress is reported after each step.
  it.each([
    ['metricsLogged', 1],
    ['metricsLogged', 3],
    ['stageProgressed', 1],
  ] as const)('at %s %i end it with a sentence and do not come back in part', async (type, count) => {
    freshOut();
    let seen = 0;
    const onEvent = (event: { readonly type: string }) => {
      if (event.type === type && ++seen === count) freshOut();
    };
    await expect(start({ text: endless, onEvent })).rejects.toThrow(/cannot write \S+: its folder is gone/);
    expect(run.listFiles(out)).toEqual([]);
  });
});

describe('two workers on one folder', () => {
  const count = (events: run.TinyRun['events'], state: string) =>
    events.filter((event) => event.type === 'stageChanged' && event.state === state).length;

  it('compute each stage once between them', async () => {
    freshOut();
    const [one, two] = await Promise.all([start(), start()]);
    expect([one.outcome.state, two.outcome.state]).toEqual(['done', 'done']);
    expect(new Set([one.outcome.run, two.outcome.run])).toEqual(new Set(['tiny-1', 'tiny-2']));
    expect(count(one.events, 'done') + count(two.events, 'done')).toBe(15);
    expect(count(one.events, 'reused') + count(two.events, 'reused')).toBe(15);
    expect(run.leftovers(out)).toEqual([]);
    const said = [...one.events, ...two.events].some(
      (event) => event.type === 'logged' && event.message === 'waiting: another worker is computing this stage',
    );
    expect(said).toBe(true);
  });

  const only = run.experimentText({ pretrainings: [lines.random] });
  const claim = (content: string, ageMs = 0) => {
    const file = stageFile('random/seed-0', 'claim.json');
    rmSync(stageFile('random/seed-0', 'record.json'));
    writeFileSync(file, content);
    const time = new Date(Date.now() - ageMs);
    utimesSync(file, time, time);
  };
  beforeEach(async () => {
    freshOut();
    await start({ text: only });
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }), 0],
    ['of another machine that was not refreshed for a minute', JSON.stringify({ pid: 1, host: 'elsewhere' }), 61_000],
    ['that was never finished', '', 3_000],
  ])('a claim %s is taken over', async (_, content, age) => {
    claim(content, age);
    expect((await start({ text: only })).outcome.counts.done).toBe(1);
    expect(run.leftovers(out)).toEqual([]);
  });

  it.each([
    ['of a live process', JSON.stringify({ pid: process.ppid, host: hostname() }), 0],
    ['of another machine, fresh', JSON.stringify({ pid: 2 ** 22 + 1, host: 'elsewhere' }), 30_000],
  ])('a claim %s is respected, and waiting can be stopped', async (_, content, age) => {
    claim(content, age);
    const onEvent = (event: { type: string; message?: string }, stop: () => void) =>
      void (event.message?.startsWith('waiting:') && stop());
    expect((await start({ text: only, onEvent })).outcome).toMatchObject({ state: 'stopped', counts: { done: 0 } });
    expect(run.leftovers(out)).toEqual([expect.stringMatching(/claim\.json$/)]);
  });

  it('four takers of a stale claim get it one after the other', async () => {
    const { StageStore } = await import('../../src/worker/storage/stageStore');
    const stale = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() });
    // Races show up only now and then: ten stages at once.
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    const mostOwners = keys.map(async (key) => {
      mkdirSync(join(out, 'stages', key), { recursive: true });
      writeFileSync(join(out, 'stages', key, 'claim.json'), stale);
      let owners = 0;
      let most = 0;
      const take = async () => {
        const { release } = await new StageStore(out).claim(key, new AbortController().signal, () => {});
        most = Math.max(most, ++owners);
        await new Promise((resolve) => setTimeout(resolve, 5));
        owners--;
        await release();
      };
      await Promise.all(Array.from({ length: 4 }, take));
      return most;
    });
    expect(await Promise.all(mostOwners)).toEqual(keys.map(() => 1));
  });
});
