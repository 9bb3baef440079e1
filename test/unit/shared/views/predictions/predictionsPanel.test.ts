/** From a run's records to the Predictions panel's model: which tasks, what can be compared, where pictures are. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../../src/shared/experiment/parse';
import { isPredictionsTarget } from '../../../../../src/shared/protocol/panels/predictionsPanel';
import type { PlannedStage } from '../../../../../src/shared/results/runManifest';
import {
  createPredictionsModel,
  dataFolder,
  predictionsKind,
  type PredictionsInput,
} from '../../../../../src/shared/views/predictions/predictionsPanel';
import { transferRecord } from '../../../../support/transferRun';

const stage = (pretraining: string, transfer: string, seed = 0): PlannedStage => {
  const id = `${pretraining}/seed-${seed}/${transfer}`;
  return { id, key: id, label: id, kind: 'transfer', pretraining, transfer, seed };
};
const stages = [stage('moco', 'maps'), stage('random', 'maps'), stage('moco', 'maps', 1), stage('moco', 'faces'), stage('late', 'maps')]; // prettier-ignore
const result = {
  ...{ task: 'segmentation', data: 'scenes', testImages: 1200, classes: 3 },
  headline: { metric: 'meanIou', layer: '', value: 0.512 },
};
const records = new Map(
  stages
    .filter(({ pretraining }) => pretraining !== 'late')
    .map((one) => [
      one.key,
      transferRecord(one, [one.transfer === 'maps' ? 'segmentation.json' : 'landmarks.json'], result),
    ]),
);
const input = (changes: Partial<PredictionsInput> = {}): PredictionsInput => ({
  ...{ run: 'study-1', chosen: ['moco/seed-0/maps'], stages, records, launched: undefined },
  ...{ pictures: undefined, picturesAt: undefined, folderOf: (key) => `url:${key}` },
  ...changes,
});

describe('the model of predictions', () => {
  it('names the task, the stages and those that can be compared on the same images', () => {
    const model = createPredictionsModel(input());
    expect(model).toMatchObject({ kind: 'segmentation', title: 'maps: moco' });
    expect(model.about).toBe('1,200 test images of scenes, run study-1');
    expect(model.runs).toEqual([
      { id: 'moco/seed-0/maps', name: expect.stringMatching(/^moco, seed 0 \(.*51\.2\)$/) as string, folder: 'url:moco/seed-0/maps', look: 0, pretraining: 'moco', seed: 0 },
    ]); // prettier-ignore
    // Not the other seed, which may have drawn other images; not the other task, nor what is not done.
    expect(model.others.map(({ id, look }) => [id, look])).toEqual([['random/seed-0/maps', 1]]);
    const two = createPredictionsModel(input({ chosen: ['random/seed-0/maps', 'moco/seed-0/maps'] }));
    expect(two.runs.map(({ look }) => look)).toEqual([1, 0]);
    expect(two.others.map(({ id }) => id)).toEqual(['moco/seed-0/maps']);
    expect(createPredictionsModel(input({ chosen: ['moco/seed-0/faces'] })).kind).toBe('landmarks');
  });

  it('says where pictures should be when they are not there', () => {
    expect(createPredictionsModel(input({ pictures: 'url:p', picturesAt: '/p' }))).toMatchObject({ pictures: 'url:p' });
    expect(createPredictionsModel(input({ picturesAt: '/p' })).missing).toBe('Drawn without pictures: /p is not here.');
  });

  it('refuses stages that are not finished', () => {
    expect(() => createPredictionsModel(input({ chosen: ['late/seed-0/maps'] }))).toThrow(
      'study-1 has no finished predictions of late/seed-0/maps; run or resume it first.',
    );
    expect(predictionsKind(undefined)).toBeUndefined();
    expect(predictionsKind(transferRecord(stages[0]!, ['detections.json'], result))).toBeUndefined();
  });

  it('finds the folder of the data', () => {
    const text = `name: x
backbone: { name: resnet18 }
data:
  files: { kind: image-folder, root: pictures }
  emoji: { kind: emoji }
pretrainings: [{ id: random }]
transfers:
  - { id: a, task: linear-probe, data: files }
  - { id: b, task: linear-probe, data: emoji }
`;
    const { experiment, problems } = parseExperiment(text, { fileName: 'a', recipes: new Map() });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(['a', 'b', 'c'].map((id) => dataFolder(experiment!, id))).toEqual(['pictures', undefined, undefined]);
  });

  it('knows what an earlier version left', () => {
    expect(isPredictionsTarget({ out: '/o', run: 'r', stages: ['a'] })).toBe(true);
    for (const wrong of [
      undefined,
      {},
      { out: '/o', run: 'r', stages: [] },
      { out: '/o', run: 'r', stages: ['a', 'b', 'c'] },
      { out: '/o', run: 1, stages: ['a'] },
    ])
      // prettier-ignore
      expect(isPredictionsTarget(wrong)).toBe(false);
  });
});
