import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunPanel, selectShown } from '../../../../../src/shared/views/run/runPanel';
import { createCurvesCsv, CurveSmoother } from '../../../../../src/shared/views/run/runCurves';
import { createLoadCurves, parseLoadRow } from '../../../../../src/shared/views/run/runLoad';
import { MetricCurves } from '../../../../../src/shared/results/metricCurves';
import { readPanelRun, readRunPanel, readRunPanelInput } from '../../../../support/runPanelFixture';
import { writeTrainingRun } from '../../../../support/trainingFixture';

let out: string;
beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'transferscope-panel-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

describe('the run panel of a run under way elsewhere', () => {
  it('says how far it is, what can be done, and with what it is made', async () => {
    writeTrainingRun({ out, run: 'quick-1', running: 1 });
    const model = await readRunPanel(out, 'quick-1');
    expect(model.summary).toMatch(/^running · 2 of 6 stages · 4:20 left · computed by process \d+ on /);
    expect(model.progress).toBeCloseTo((2 + 0.6) / 6, 6);
    expect(model.actions).toEqual(['stop', 'stopAfterStage', 'openReport', 'showLog', 'revealRunFolder']);
    const facts = Object.fromEntries(model.facts.map(({ label, value }) => [label, value]));
    expect(facts).toMatchObject({
      Runtime: 'wasm on Intel Xeon, 4 threads',
      'Chosen because': 'it runs everywhere; TensorFlow is not installed',
      Code: 'commit 4c1f9a7b, with changes not committed',
      Seed: '0',
      Started: '2026-11-20 09:12 UTC',
    });
    expect(model.stages.map(({ id, state, detail }) => `${id} ${state} ${detail}`.trim())).toEqual([
      'supervised/seed-0 done',
      'supervised/seed-0/probe done',
      'moco/seed-0 running 60 %',
      'moco/seed-0/probe waiting',
      'exemplar/seed-0 waiting',
      'exemplar/seed-0/probe waiting',
    ]);
  });

  it('shows what runs, or the last of each method, or what was chosen', async () => {
    writeTrainingRun({ out, run: 'quick-1', running: 1 });
    const names = (found: ReturnType<typeof selectShown>) => found.map(({ stage }) => stage.id);
    const main = await readPanelRun(out, 'quick-1');
    expect(names(selectShown(main, []))).toEqual(['moco/seed-0']);
    expect(names(selectShown(main, [], ['supervised/seed-0']))).toEqual(['supervised/seed-0']);
    expect(names(selectShown(main, [], []))).toEqual([]);
    // Of stages that are not there any more the default is drawn.
    expect(names(selectShown(main, [], ['gone/seed-0']))).toEqual(['moco/seed-0']);
    writeTrainingRun({ out, run: 'quick-2', state: 'done', seeds: [0, 1] });
    const done = await readPanelRun(out, 'quick-2');
    expect(names(selectShown(done, []))).toEqual(['supervised/seed-1', 'moco/seed-1', 'exemplar/seed-1']);
  });

  it('offers to resume what stopped, and nothing that starts work where it is not trusted', async () => {
    writeTrainingRun({ out, run: 'quick-1', state: 'stopped', message: 'stopped by the user' });
    const input = await readRunPanelInput(out, 'quick-1');
    const stopped = createRunPanel(input);
    expect(stopped.actions).toEqual(['resume', 'openReport', 'showLog', 'revealRunFolder']);
    expect(stopped.messages).toEqual(['stopped by the user']);
    expect(stopped.progress).toBeUndefined();
    expect(createRunPanel({ ...input, isTrusted: false }).actions).toEqual(['showLog', 'revealRunFolder']);
  });
});

describe('curves', () => {
  it('are one chart per metric in a fixed order, with what happened and remarks', async () => {
    writeTrainingRun({ out, run: 'quick-1', running: 1 });
    const { charts, series, range } = await readRunPanel(out, 'quick-1');
    expect(charts.map(({ metric }) => metric)).toEqual([
      'loss',
      'positiveAccuracy',
      'knn',
      'rankMe',
      'alignment',
      'uniformity',
      'queueFill',
      'gradientNorm',
      'learningRate',
      'imagesPerSecond',
    ]);
    expect(series).toMatchObject([{ label: 'moco', colour: 1, dash: 0, stepsPerEpoch: 7 }]);
    expect(series[0]!.events).toEqual([{ step: 50, text: 'queue full' }]);
    expect(range.to).toBe(750);
    const knn = charts.find(({ metric }) => metric === 'knn')!;
    expect(knn.remarks[0]!.text).toMatch(/^best \d+\.\d % at step \d+$/);
    // Measured curves are smoothed, what is set is not.
    expect(charts.filter(({ lines }) => !lines[0]!.smooth).map(({ metric }) => metric)).toEqual([
      'queueFill',
      'learningRate',
    ]);
  });

  it('of several runs keep the colour of their pretraining and differ in dashes; shared stages are drawn once', async () => {
    writeTrainingRun({ out, run: 'quick-1', state: 'done' });
    writeTrainingRun({ out, run: 'quick-2', state: 'done', pretrainings: ['other', 'moco'] });
    const overlays = [{ out, run: 'quick-2' }];
    const { series } = await readRunPanel(out, 'quick-1', { overlays });
    expect(series.map(({ label, colour, dash }) => [label, colour, dash])).toEqual([
      ['supervised · quick-1', 0, 0],
      ['moco · quick-1', 1, 0],
      ['exemplar · quick-1', 2, 0],
      ['moco · quick-2', 1, 1],
    ]);
    const input = await readRunPanelInput(out, 'quick-1');
    const twin = { ...input.shown[0]!, run: { ...input.main, run: 'quick-9' } };
    const shared = createRunPanel({ ...input, shown: [input.shown[0]!, twin] });
    expect(shared.series.map(({ label }) => label)).toEqual(['supervised · quick-1 = quick-9']);
  });

  it('are thinned to the visible steps, and smoothed before that', async () => {
    writeTrainingRun({ out, run: 'quick-1', state: 'done' });
    const file = join(out, 'stages', 'quick-1-moco-0', 'metrics.jsonl');
    for (let step = 2_000; step < 12_000; step++)
      appendFileSync(file, `${JSON.stringify({ step, metrics: { loss: step === 7_000 ? null : Math.sin(step) } })}\n`);
    const look = { from: 6_000, to: 8_000, pixels: 100, stages: ['moco/seed-0'], smoothing: 0.9 };
    const { charts } = await readRunPanel(out, 'quick-1', look);
    const [line] = charts[0]!.lines;
    expect(line!.raw.x.length).toBeLessThanOrEqual(502);
    expect([line!.raw.x[0], line!.raw.x.at(-1)]).toEqual([5_999, 8_001]);
    expect(line!.raw.y[line!.raw.x.indexOf(7_000)]).toBeNull();
    const range = (values: readonly (number | null)[]) => Math.max(...values.map((value) => Math.abs(value ?? 0)));
    expect(range(line!.raw.y)).toBeGreaterThan(0.999);
    expect(range(line!.smooth!.y)).toBeLessThan(0.2);
    expect(charts[0]!.remarks[0]).toMatchObject({
      level: 'error',
      text: expect.stringContaining('at step 7,000') as string,
    });
  });

  it('come whole as CSV', async () => {
    writeTrainingRun({ out, run: 'quick-1', running: 1 });
    const { shown, main } = await readRunPanelInput(out, 'quick-1');
    const lines = createCurvesCsv(shown, main).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 15);
    expect(lines[0]).toBe(
      'series,step,loss,positiveAccuracy,knn,rankMe,alignment,uniformity,queueFill,gradientNorm,learningRate,imagesPerSecond',
    );
    expect(lines[1]).toMatch(/^moco,50,6\.48395096\d*,0\.1171875,/);
    expect(createCurvesCsv(shown, main, 'knn').split('\r\n')[0]).toBe('series,step,knn');
  });
});

it('smoothed curves are made anew when their curve or the weight has changed', () => {
  const curves = new MetricCurves();
  const smoother = new CurveSmoother();
  curves.append({ step: 1, metrics: { loss: 1 } });
  const first = smoother.smooth(curves, 'loss', 0.5);
  expect(smoother.smooth(curves, 'loss', 0.5)).toBe(first);
  expect(smoother.smooth(curves, 'loss', 0.6)).not.toBe(first);
  curves.append({ step: 2, metrics: { loss: 4 } });
  expect([...smoother.smooth(curves, 'loss', 0.5)]).toEqual([1, 3]);
});

it('the load is told in words, and rows that are none are left out', () => {
  const row = (second: number, cores: number) => ({
    at: new Date(1000 * second).toISOString(),
    cores,
    rss: 2 ** 30,
    heap: 2 ** 20,
    free: 3 * 2 ** 30,
  });
  const curves = createLoadCurves([row(0, 1), row(10, 3.5), row(20, 2)]);
  expect(curves.map(({ title, now, mostText }) => `${title} ${now} ${mostText}`)).toEqual([
    'Processor 2.0 cores 3.5 cores',
    'Worker memory 1.1 GB 1.1 GB',
    'JavaScript heap 1 MB 1 MB',
    'Memory left 3.2 GB 3.2 GB',
  ]);
  expect(curves[0]!.points).toEqual({ x: [0, 10, 20], y: [1, 3.5, 2] });
  expect(createLoadCurves([])).toEqual([]);
  expect(parseLoadRow(JSON.stringify(row(1, 1)))).toEqual(row(1, 1));
  for (const text of ['', '{}', 'null', '{"at":"x","cores":1,"rss":1,"heap":1,"free":1}'])
    expect(parseLoadRow(text)).toBeUndefined();
});
