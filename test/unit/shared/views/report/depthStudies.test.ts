/** Matrices over the stages of the backbone become transfers by depth; errors are better when they are lower. */
import { describe, expect, it } from 'vitest';
import type { PlannedStage, RunManifest } from '../../../../../src/shared/results/runManifest';
import type { StageRecord, TransferResult } from '../../../../../src/shared/results/records';
import { layerDepths } from '../../../../../src/shared/experiment/layers';
import type { Experiment } from '../../../../../src/shared/experiment/schema';
import { createLayersModel } from '../../../../../src/shared/views/layers/layersPanel';
import { findDepthStudies } from '../../../../../src/shared/views/report/depthStudies';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';

const backbone = { name: 'resnet18', width: 16, stem: 'small', dilate: [false, false, false] } as const;

/** Two pretrainings × two seeds × `reinitialise` at three stages; errors fall where more is kept, more so for `good`. */
function createRun() {
  const stages: PlannedStage[] = [];
  const records: StageRecord[] = [];
  for (const [p, pretraining] of ['random', 'good'].entries()) {
    for (const seed of [0, 1]) {
      for (const [s, stage] of ['layer1', 'layer3', 'none'].entries()) {
        const transfer = `faces[${stage}]`;
        const key = `${pretraining}-${seed}-${stage}`;
        stages.push({ id: key, key, kind: 'transfer', label: key, pretraining, transfer, seed });
        const nme = 0.2 - 0.03 * s * p + 0.001 * seed;
        const result: TransferResult = {
          ...{ kind: 'transfer', task: 'landmarks', data: 'faces', trainImages: 9, testImages: 5, classes: 5 },
          ...{
            layers: [],
            metrics: { nme, auc: 1 - nme },
            headline: { metric: 'nme', layer: '', value: nme },
            notes: [],
          },
        };
        const settings = { id: transfer, task: 'landmarks', reinitialise: stage, freeze: 'none', steps: 10 };
        records.push({ key, kind: 'transfer', id: key, seed, settings, result, files: {} } as unknown as StageRecord);
      }
    }
  }
  const manifest = {
    name: 'run',
    file: 'f',
    seeds: [0, 1],
    stages,
    versions: {},
    runtime: { name: 'wasm' },
    launch: {},
  } as unknown as RunManifest;
  return { manifest, records };
}

const transfersOf = (changes: readonly Record<string, string>[]) =>
  changes.map((change, i) => ({
    transfer: `voc[${i}]`,
    task: 'detection',
    settings: { id: `voc[${i}]`, freeze: 'none', reinitialise: 'none', cut: 'none', steps: '9', ...change },
  }));

describe('depth studies', () => {
  it('are found where one setting alone varies over stages', () => {
    const found = findDepthStudies(transfersOf([{ freeze: 'layer4' }, { freeze: 'none' }, { freeze: 'layer1' }]));
    expect(found).toEqual([
      {
        id: 'voc by freeze',
        setting: 'freeze',
        members: [
          { transfer: 'voc[1]', stage: 'none' },
          { transfer: 'voc[2]', stage: 'layer1' },
          { transfer: 'voc[0]', stage: 'layer4' },
        ],
      },
    ]);
    expect(findDepthStudies(transfersOf([{ steps: '1' }, { steps: '2' }]))).toEqual([]);
    expect(findDepthStudies(transfersOf([{ cut: 'layer1' }]))).toEqual([]);
    // Another axis of the matrix makes as many studies.
    const both = transfersOf(['1', '2'].flatMap((steps) => ['layer1', 'layer2'].map((cut) => ({ steps, cut }))));
    expect(findDepthStudies(both).map(({ id, members }) => [id, members.length])).toEqual([
      ['voc by cut', 2],
      ['voc by cut (2)', 2],
    ]);
  });

  it('stand on the axis of the Layers panel at the depth up to which weights are kept', () => {
    const launched = { backbone, pretrainings: [] } as unknown as Experiment;
    const model = createLayersModel({
      ...createRun(),
      ...{ run: 'run-1', state: 'done', isUnderWay: false, launched, changed: new Set(), hasFile: true },
      ...{ problems: [] },
    });
    const study = model.transfers.find(({ id }) => id === 'faces by reinitialise')!;
    const depths = layerDepths(backbone);
    expect(study.layers.map(({ layer, depth }) => [layer, depth])).toEqual([
      ['layer1', depths.get('relu')],
      ['layer3', depths.get('layer2')],
      ['none', 1],
    ]);
    expect(study.metrics).toEqual(['nme', 'auc']);
    expect(study.about).toContain('5 landmarks; by the stage from which on weights are drawn anew');
    const good = study.series.find(({ pretraining }) => pretraining === 'good')!;
    expect(good.seeds.map(({ values }) => values.nme)).toEqual(
      [[0.2, 0.17, 0.14], [0.201, 0.171, 0.141].map((value) => expect.closeTo(value, 12) as number)].map((row) =>
        row.map((value) => (typeof value === 'number' ? (expect.closeTo(value, 12) as number) : value)),
      ),
    );
  });

  it('put every task on one axis: layers that are read, and stages after which the backbone is cut', () => {
    const stages: PlannedStage[] = [];
    const records: StageRecord[] = [];
    const add = (transfer: string, settings: object, result: Partial<TransferResult>) => {
      const key = `key of ${transfer}`;
      stages.push({ id: key, key, kind: 'transfer', label: key, pretraining: 'random', transfer, seed: 0 });
      const whole = { kind: 'transfer', data: 'd', trainImages: 9, testImages: 5, classes: 5, notes: [], ...result };
      records.push({
        key,
        kind: 'transfer',
        id: key,
        seed: 0,
        settings,
        result: whole,
        files: {},
      } as unknown as StageRecord);
    };
    const fineTuned = { 'semantic-segmentation': 'meanIou', classification: 'accuracy', landmarks: 'nme' };
    for (const [task, metric] of Object.entries(fineTuned))
      for (const cut of ['layer2', 'layer3', 'none'])
        add(
          `${task}[${cut}]`,
          { id: `${task}[${cut}]`, task, cut, freeze: 'none' },
          {
            ...{ task, layers: [], metrics: { [metric]: 0.5 }, headline: { metric, layer: '', value: 0.5 } },
          },
        );
    const read = {
      'linear-probe': 'accuracy',
      'few-shot': 'accuracy',
      'multilabel-probe': 'map',
      'landmark-probe': 'nme',
    };
    for (const [task, metric] of Object.entries(read)) {
      const names = ['layer2', 'layer3', 'layer4', ...(task === 'landmark-probe' ? ['hypercolumn'] : [])];
      // As records have it: counted, whatever lies between.
      const layers = names.map((layer, i) => ({
        ...{ layer, depth: Math.min(1, i / 2), dimension: 4, metrics: { [metric]: 0.5 } },
      }));
      add(task, { id: task, task }, { task, layers, headline: { metric, layer: names.at(-1)!, value: 0.5 } });
    }
    const model = createLayersModel({
      ...{ manifest: { ...createRun().manifest, stages, seeds: [0] }, records },
      ...{
        run: 'run-1',
        state: 'done',
        isUnderWay: false,
        changed: new Set(),
        hasFile: true,
        problems: [],
      },
      launched: { backbone, pretrainings: [] } as unknown as Experiment,
    });
    const byDepth = model.transfers.filter(({ layers }) => layers.length > 0);
    expect(byDepth.map(({ id }) => id).sort()).toEqual(
      [...Object.keys(read), ...Object.keys(fineTuned).map((task) => `${task} by cut`)].sort(),
    );
    const depths = layerDepths(backbone);
    for (const { id, layers } of byDepth) {
      const at = (...names: string[]) => layers.find(({ layer }) => names.includes(layer))?.depth;
      expect([at('layer2'), at('layer3'), at('layer4', 'none')], id).toEqual(
        ['layer2', 'layer3', 'layer4'].map((layer) => depths.get(layer)),
      );
      if (id === 'landmark-probe') expect(at('hypercolumn')).toBe(1);
    }
  });

  it('are drawn by reports beside the table, in which the lowest error is best', () => {
    const report = createTransferReport({ run: 'run-1', state: 'done', ...createRun() });
    expect(report.columns.map(({ transfer }) => transfer)).toEqual(['faces[layer1]', 'faces[layer3]', 'faces[none]']);
    expect(report.depths.map(({ transfer }) => transfer)).toEqual(['faces by reinitialise']);
    const best = report.rows.map(({ pretraining, cells }) => [pretraining, cells.map((cell) => cell?.best)]);
    expect(best).toEqual([
      ['random', [true, false, false]],
      ['good', [true, true, true]],
    ]);
    const sentence = report.findings.find(({ transfer }) => transfer === 'faces[none]')!.sentence;
    expect(sentence).toMatch(/^good is best with 14\.1 ± 0\.6 %, −6\.0 ± 0\.0 points below random/);
  });
});
