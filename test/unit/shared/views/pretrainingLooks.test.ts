/** One colour and marker for a pretraining in all panels and in the report, also of a run that left some out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../../src/cli/report/html';
import { loadReport } from '../../../../src/cli/report/loadReports';
import type { Experiment } from '../../../../src/shared/experiment/schema';
import { MetricCurves } from '../../../../src/shared/results/metricCurves';
import type { GroundTruth } from '../../../../src/shared/results/detections';
import type { PlannedStage } from '../../../../src/shared/results/runManifest';
import { analysesModel } from '../../../../src/shared/views/analyses/analysisStages';
import { createRunRows } from '../../../../src/shared/views/compare/compareModel';
import { createStagesModel } from '../../../../src/shared/views/detections/detectionsPanel';
import { createLayersModel } from '../../../../src/shared/views/layers/layersPanel';
import { createPredictionsModel } from '../../../../src/shared/views/predictions/predictionsPanel';
import { pretrainingLooks } from '../../../../src/shared/views/pretrainingLooks';
import { createLiveStages } from '../../../../src/shared/views/run/liveStages';
import { createSeries } from '../../../../src/shared/views/run/runCurves';
import { seriesLook } from '../../../../webview/charts/series';
import { comparedRun } from '../../../support/compareFixture';
import { detectionRecord } from '../../../support/detectionsFixture';
import { createRun, fourPretrainings, fourTransfers, writeRun } from '../../../support/reportFixture';
import { createResultsFixture, createResultsInput, underWay } from '../../../support/resultsFixture';
import { transferRecord } from '../../../support/transferRun';

const [random, supervised, moco, exemplar] = fourPretrainings as Required<typeof fourPretrainings>;
const launched = {
  pretrainings: fourPretrainings.map(({ id }) => ({ id })),
  ...{ data: {}, backbone: comparedRun({ run: 'which-1' }).experiment!.backbone, transfers: [], tables: [] },
} as unknown as Experiment;
/** As `run --only` leaves it, and in another order than the file's. */
const ran = [exemplar!, random!, moco!];
const looks = { random: 0, moco: 2, exemplar: 3 };
const made = createRun({
  pretrainings: ran,
  transfers: [...fourTransfers.slice(0, 1), { ...fourTransfers[0]!, id: 'other', task: 'classification' }],
  layers: ['layer3', 'layer4'],
  seeds: [0, 1],
});
const { manifest, records } = made;
const byKey = new Map(records.map((record) => [record.key, record]));
const looksOf = (
  rows: readonly { readonly look: number; readonly id?: string; readonly pretraining?: string }[],
): Record<string, number> =>
  Object.fromEntries(
    rows
      .map(({ id, pretraining, look }): [string, number] => [(pretraining ?? id)!, look])
      .sort(([, a], [, b]) => a - b),
  );
const out = mkdtempSync(join(tmpdir(), 'looks-'));
afterAll(() => rmSync(out, { recursive: true }));

const stageOf = (pretraining: string): PlannedStage => {
  const id = `${pretraining}/seed-0/t`;
  return { id, key: id, label: id, kind: 'transfer', pretraining, transfer: 't', seed: 0 };
};
const stages = ran.map(({ id }) => stageOf(id));
const chosen = stages.map(({ id }) => id).slice(0, 2);
const noImages = { sheets: [], truth: { images: { ids: [] } } as unknown as GroundTruth };
const shownOf = (model: { readonly runs: readonly object[]; readonly others: readonly object[] }) =>
  looksOf([...model.runs, ...model.others] as never);

describe('a pretraining looks the same', () => {
  it('in the Compare and Layers panels', () => {
    const whole = comparedRun({ run: 'which-1' });
    const some = whole.manifest.stages.filter(({ pretraining }) => pretraining !== 'supervised').reverse();
    const rows = createRunRows({ ...whole, manifest: { ...whole.manifest, stages: some } }).rows;
    expect(looksOf(rows)).toEqual({ random: 0, moco: 2 });
    const layers = createLayersModel({
      ...{ run: made.run, state: 'done', isUnderWay: false, manifest, records, launched },
      ...{ changed: new Set<string>(), hasFile: true, problems: [] },
    });
    expect(looksOf(layers.pretrainings)).toEqual(looks);
    expect(layers.pretrainings.map(({ id }) => id)).toEqual(['random', 'moco', 'exemplar']);
  });

  it('in the Run panel', () => {
    const run = {
      ...{ out: '/w', run: made.run, state: 'done', problems: [], manifest, experiment: launched, records: byKey },
      curveKeys: new Set<string>(),
    };
    const shown = ran.map(({ id }) => {
      const stage = manifest.stages.find(({ kind, pretraining }) => kind === 'pretraining' && pretraining === id)!;
      return { run, stage, metrics: new MetricCurves(), pace: new MetricCurves() };
    });
    const series = createSeries(shown, run).map(({ pretraining, colour: look }) => ({ pretraining, look }));
    expect(looksOf(series)).toEqual(looks);
  });

  it('in the Detections and Predictions panels', () => {
    const detections = new Map(stages.map((stage) => [stage.key, detectionRecord(stage, noImages)]));
    const input = { run: 'r-1', chosen, stages, launched };
    const none = { images: undefined, missingImages: undefined, urlOf: () => '' };
    expect(shownOf(createStagesModel({ ...input, ...none, records: detections }))).toEqual(looks);
    const result = {
      ...{ task: 'segmentation', data: 'scenes', testImages: 12, classes: 3 },
      headline: { metric: 'meanIou', layer: '', value: 0.5 },
    };
    const predictions = new Map(stages.map((one) => [one.key, transferRecord(one, ['segmentation.json'], result)]));
    const nowhere = { pictures: undefined, picturesAt: undefined, folderOf: () => '' };
    expect(shownOf(createPredictionsModel({ ...input, ...nowhere, records: predictions }))).toEqual(looks);
  });

  it('in panels of analyses', () => {
    const offer = { analyses: [] } as never;
    const shown = stages.map(({ key, pretraining, seed }) => ({ key, pretraining, seed })) as never;
    const input = { runs: [], records: new Map(), experiment: launched, title: '', offer, started: [] } as never;
    expect(looksOf(analysesModel(input, shown).pretrainings)).toEqual(looks);
  });

  it('in the Results view, whatever is under way', () => {
    expect(looksOf(createResultsFixture().rows)).toEqual({ ...looks, supervised: 1 });
    const { last, outline } = createResultsInput({
      pretrainings: ran,
      state: 'running',
      statuses: underWay,
    });
    const file = { ...outline, pretrainings: launched.pretrainings.slice(0, 2) };
    const live = createLiveStages(last, new Map(), file);
    expect(live.length).toBeGreaterThan(0);
    // `moco` is gone from the file; in the run `exemplar`, which is gone too and not under way, comes before it.
    for (const { pretraining, look } of live) expect(look).toBe(pretraining === 'random' ? 0 : 3);
    expect(live.some(({ pretraining }) => pretraining === 'moco')).toBe(true);
  });

  it('in the report, in its legend and all its charts', () => {
    writeRun(out, made);
    writeFileSync(join(out, 'runs', made.run, 'experiment.json'), JSON.stringify(launched));
    const { document } = parseHTML(renderHtml([loadReport(out, made.run)]));
    const colours = (selector: string, part: string, name: (node: Element) => string | null) =>
      [...document.querySelectorAll(selector)].map((node) => [
        name(node),
        node.querySelector(part)!.getAttribute('fill') ?? node.querySelector(part)!.getAttribute('stroke'),
      ]);
    const wanted = (id: string | null) => seriesLook(looks[id as keyof typeof looks]).colour;
    const legend = colours('.series-legend li', '.mark', ({ textContent }) => textContent.trim());
    const series = colours('g.series', 'path.mark', (node) => node.getAttribute('data-pretraining'));
    expect(legend).toHaveLength(3);
    for (const [id, colour] of [...legend, ...series]) expect([id, colour]).toEqual([id, wanted(id!)]);
    expect(new Set(series.map(([id]) => id))).toEqual(new Set(Object.keys(looks)));
  });

  it('and no other looks like one that the experiment does not have', () => {
    const lookOf = pretrainingLooks({ pretrainings: [random!, supervised!] }, ['moco', 'random', 'exemplar']);
    expect(['random', 'supervised', 'moco', 'exemplar', 'never seen'].map(lookOf)).toEqual([0, 1, 2, 3, 4]);
  });
});
