/** Snapshots of trainings in the real pipeline: their bits, interruptions, damage, and what is measured on them. */
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { renderHtml } from '../../src/cli/report/html';
import { renderMarkdown } from '../../src/cli/report/markdown';
import { UserError } from '../../src/shared/errors';
import type { AnalysisResult, PretrainingResult, TransferResult } from '../../src/shared/results/records';
import { createLayersModel } from '../../src/shared/views/layers/layersPanel';
import { createTransferReport } from '../../src/shared/views/report/transferReport';
import type { TrainingCurvesView } from '../../src/shared/views/report/trainingCurves';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { makeFolder } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

const constant = 'schedule: { kind: constant }';
const snapshots = 'snapshots: [0, 3, 6]';
const training = `${run.lines.supervised(12)}, ${constant}, ${snapshots}`;
const text =
  run.experimentText({
    pretrainings: [
      'id: at, of: supervised, matrix: { at: [0, 3, 6] }',
      training,
      // With a rate that never falls, 3 steps are 3 steps however many follow.
      `${run.lines.supervised(3).replace('id: supervised', 'id: short')}, ${constant}`,
      run.lines.random,
    ],
    transfers: [run.lines.probe],
  }) +
  `analyses:
  - { kind: cka, between: ["at[3]", supervised], data: tiny, images: 16, layers: [layer4] }
`;

let folder: ReturnType<typeof makeFolder>;
let out: string;
beforeAll(async () => {
  folder = makeFolder();
  out = join(folder.path, 'out');
  await run.writeTinyImages(join(folder.path, 'images'));
  const { outcome, messages } = await run.runTiny(runPipeline, folder.path, { text });
  expect(messages).toEqual([]);
  expect(outcome.state).toBe('done');
});
afterAll(() => folder.remove());

const record = (id: string) => run.readRecords(out, 'tiny-1').get(`${id}/seed-0`)!;
const made = (id: string) => record(id).result as PretrainingResult;

describe('a finished run', () => {
  it('keeps what was asked for beside the checkpoint, with its hashes in the record', () => {
    const { key, files, result } = record('supervised');
    expect(Object.keys(files).sort()).toEqual(
      ['checkpoint.safetensors', 'metrics.jsonl', ...[0, 3, 6].map((step) => `checkpoint-${step}.safetensors`)].sort(),
    );
    expect((result as PretrainingResult).snapshots).toEqual(
      [0, 3, 6].map((step) => ({ at: step, step, file: `checkpoint-${step}.safetensors` })),
    );
    expect(run.listFiles(join(out, 'stages', key))).toEqual(expect.arrayContaining(Object.keys(files)));
  });

  it('has in a snapshot what a training of that length ends in, bit for bit, its classifier too', () => {
    expect(made('at[3]').weightsDigest).toBe(made('short').weightsDigest);
    expect(record('at[3]').files['checkpoint.safetensors']).toEqual(record('short').files['checkpoint.safetensors']);
    expect(made('at[0]').weightsDigest).toBe(made('random').weightsDigest);
    expect(new Set(['at[0]', 'at[3]', 'at[6]', 'supervised'].map((id) => made(id).weightsDigest)).size).toBe(4);
  });

  it('says in a snapshot how it was made', () => {
    expect(made('at[6]')).toMatchObject({ method: 'supervised', steps: 6, images: made('supervised').images });
    expect(made('at[6]').takenOf).toEqual({ key: record('supervised').key, total: 12 });
  });

  it('measures snapshots as any other pretraining', () => {
    const probes = ['at[3]', 'short', 'at[6]'].map((id) => record(id));
    expect(probes.every(Boolean)).toBe(true);
    const records = run.readRecords(out, 'tiny-1');
    const score = (id: string) => (records.get(`${id}/seed-0/probe`)!.result as TransferResult).layers;
    expect(score('at[3]')).toEqual(score('short'));
    expect(score('at[6]')).toHaveLength(2);
    const cka = [...records].find(([id]) => id.endsWith('/cka'))![1].result as AnalysisResult;
    const value = cka.matrix!.values[0]![0];
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
  });

  it('stands in the report with its steps', () => {
    const manifest = run.readManifest(out, 'tiny-1');
    const report = createTransferReport({
      ...{ run: 'tiny-1', state: 'done', manifest },
      records: [...run.readRecords(out, 'tiny-1').values()],
    });
    const origins = report.makings.map(({ pretraining, origin }) => `${pretraining}: ${origin}`);
    expect(origins).toContain('at[6]: supervised, 6 of 12 steps on 32 images');
    expect(origins).toContain('supervised: supervised, 12 steps on 32 images');
    const [{ transfer, series }] = report.trainingCurves as [TrainingCurvesView];
    expect([transfer, series.map(({ pretraining }) => pretraining)]).toEqual(['probe', ['supervised']]);
    const headline = (id: string) =>
      (run.readRecords(out, 'tiny-1').get(`${id}/seed-0/probe`)!.result as TransferResult).headline.value;
    expect(series[0]!.points.map(({ steps, pretraining, mean }) => [steps, pretraining, mean])).toEqual(
      [['at[0]', 0] as const, ['at[3]', 3] as const, ['at[6]', 6] as const, ['supervised', 12] as const].map(
        ([id, steps]) => [steps, id, headline(id)],
      ),
    );
    const { document } = parseHTML(renderHtml([report]));
    const curve = document.querySelector('svg.count-chart .series[data-pretraining="supervised"]')!;
    expect(curve.querySelectorAll('.mark')).toHaveLength(4);
    expect(renderMarkdown([report])).toContain('## Accuracy over training');
  });
});

describe('the Layers panel', () => {
  it('has a line for each snapshot and the similarity of one to the end', () => {
    const manifest = run.readManifest(out, 'tiny-1');
    const model = createLayersModel({
      ...{ run: 'tiny-1', state: 'done', isUnderWay: false, manifest, launched: undefined, changed: new Set() },
      ...{ records: [...run.readRecords(out, 'tiny-1').values()], hasFile: true, problems: [] },
    });
    const ids = model.transfers[0]!.series.map(({ pretraining }) => pretraining);
    expect(ids).toEqual(expect.arrayContaining(['supervised', 'at[0]', 'at[3]', 'at[6]']));
    expect(JSON.stringify(model.comparisons)).toContain('at[3]');
  });
});

describe('an interrupted training', () => {
  const whole = () => run.comparable(out, 'tiny-1');
  const shortened = (changes: Parameters<typeof run.runTiny>[2]) =>
    run.runTiny(runPipeline, folder.path, {
      ...changes,
      request: { out: join(folder.path, 'again'), ...changes?.request },
    });
  const again = () => join(folder.path, 'again');
  const key = () => run.readManifest(out, 'tiny-1').stages.find(({ id }) => id === 'supervised/seed-0')!.key;

  /** Stops at a step of the training that keeps snapshots, so that a state of it is left. */
  async function stopAt(step: number): Promise<void> {
    rmSync(again(), { recursive: true, force: true });
    const { outcome } = await shortened({
      text,
      onEvent: (event, stop) => {
        if (event.type === 'metricsLogged' && event.id === 'supervised/seed-0' && event.step >= step) stop();
      },
    });
    expect(outcome.state).toBe('stopped');
  }

  it('leaves every snapshot bit for bit when it goes on', async () => {
    await stopAt(4);
    expect(run.listFiles(join(again(), 'stages', key()))).toContain('checkpoint-3.safetensors');
    const { outcome, messages } = await shortened({ request: { resume: 'tiny-1' } });
    expect([outcome.state, messages]).toEqual(['done', []]);
    expect(run.comparable(again(), 'tiny-1')).toEqual(whole());
    expect(run.leftovers(again())).toEqual([]);
  });

  it('leaves the same when it fell between a snapshot and the next state', async () => {
    rmSync(again(), { recursive: true, force: true });
    // The state is of step 4; step 6 has been kept by then.
    await shortened({
      text,
      onEvent: (event) => {
        if (event.type === 'metricsLogged' && event.id === 'supervised/seed-0' && event.step === 8)
          throw new UserError('runtime', 'the machine is gone');
      },
    });
    const files = run.listFiles(join(again(), 'stages', key()));
    expect(files).toEqual(expect.arrayContaining(['checkpoint-6.safetensors', 'training.safetensors']));
    const { outcome } = await shortened({ request: { resume: 'tiny-1' } });
    expect(outcome.state).toBe('done');
    expect(run.comparable(again(), 'tiny-1')).toEqual(whole());
  });

  it('starts again, with a word, when a snapshot was cut short meanwhile', async () => {
    await stopAt(4);
    truncateSync(join(again(), 'stages', key(), 'checkpoint-3.safetensors'), 100);
    const { messages } = await shortened({ request: { resume: 'tiny-1' } });
    expect(messages.join()).toMatch(
      /checkpoint-3\.safetensors beside it has 100 bytes instead of \d+\); the training starts again/,
    );
    expect(run.comparable(again(), 'tiny-1')).toEqual(whole());
  });

  it('is made again when a finished training has lost a snapshot', async () => {
    const file = join(again(), 'stages', key(), 'checkpoint-6.safetensors');
    const kept = readFileSync(file);
    rmSync(file);
    const { outcome, messages } = await shortened({});
    expect(outcome.state).toBe('done');
    expect(messages.join()).toContain('checkpoint-6.safetensors is missing');
    expect(readFileSync(file).equals(kept)).toBe(true);
  });
});
