/** Where the Detections panel finds the files of a run's stages, and what may be compared. */
import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../../../../src/shared/experiment/schema';
import { isDetectionsTarget } from '../../../../../src/shared/protocol/panels/detectionsPanel';
import type { GroundTruth } from '../../../../../src/shared/results/detections';
import { EVIDENCE_FILE } from '../../../../../src/shared/results/evidence';
import type { PlannedStage } from '../../../../../src/shared/results/runManifest';
import { createStagesModel, pictureFolder } from '../../../../../src/shared/views/detections/detectionsPanel';
import { detectionRecord } from '../../../../support/detectionsFixture';

const plan = (pretraining: string, seed: number, transfer = 'scenes'): PlannedStage => {
  const id = `${pretraining}/seed-${seed}/${transfer}`;
  return { id, key: id.replaceAll('/', '-'), kind: 'transfer', label: id, pretraining, transfer, seed };
};
const stages = [plan('random', 0), plan('moco', 0), plan('moco', 1), plan('moco', 0, 'other')];
/** Records count images, no more. */
const truthOf = (count: number): GroundTruth =>
  ({ images: { ids: Array.from({ length: count }, (_, i) => i + 1) } }) as unknown as GroundTruth;
const files = { sheets: [new Uint8Array(0), new Uint8Array(0)], truth: truthOf(30) };
const records = new Map(stages.map((stage) => [stage.key, detectionRecord(stage, files)]));
const launchedWith = (testImages: number | undefined): Experiment =>
  ({
    // This run left out `supervised`, whose colour no other takes.
    ...{ data: {}, pretrainings: [{ id: 'random' }, { id: 'supervised' }, { id: 'moco' }] },
    transfers: [{ id: 'scenes', task: 'detection', data: 'scenes', test: 'test', testImages }],
  }) as unknown as Experiment;
const create = (changes: Partial<Parameters<typeof createStagesModel>[0]> = {}) =>
  createStagesModel({
    ...{ run: 'scenes-1', chosen: ['moco/seed-0/scenes'], stages, records, launched: launchedWith(undefined) },
    ...{ images: undefined, missingImages: undefined, urlOf: (key, file) => `${key}/${file}` },
    ...changes,
  });

describe('the model of the Detections panel', () => {
  it('names the files of the stage and what it can be compared with', () => {
    const model = create();
    expect(model.title).toBe('scenes: moco');
    expect(model.about).toBe('30 test images of scenes, 9 classes, run scenes-1');
    expect(model.truth).toBe('moco-seed-0-scenes/annotations.json');
    const url = 'moco-seed-0-scenes/detections.json';
    const evidence = { url: 'moco-seed-0-scenes/evidence.safetensors' };
    const name = 'moco, seed 0 (AP 12.3)';
    const made = { pretraining: 'moco', seed: 0 };
    expect(model.runs).toEqual([{ id: 'moco/seed-0/scenes', name, url, look: 2, evidence, ...made }]);
    expect(model.images).toEqual({ data: 'scenes', split: 'test' });
    // As an earlier version left it.
    const { [EVIDENCE_FILE]: _evidence, ...older } = records.get('moco-seed-0-scenes')!.files;
    const before = new Map(records).set('moco-seed-0-scenes', { ...records.get('moco-seed-0-scenes')!, files: older });
    expect(create({ records: before }).runs[0]!.evidence).toEqual({
      reason: expect.stringContaining('Delete .transferscope/stages/moco-seed-0-scenes and run again') as string,
    });
    expect(model.others.map(({ id }) => id)).toEqual(['random/seed-0/scenes', 'moco/seed-1/scenes']);
    expect(model.pictures).toEqual({
      kind: 'sheets',
      urls: ['moco-seed-0-scenes/images-0.webp', 'moco-seed-0-scenes/images-1.webp'],
    });
  });

  it('compares only with the same seed where the seed draws the images', () => {
    expect(create({ launched: launchedWith(10) }).others.map(({ id }) => id)).toEqual(['random/seed-0/scenes']);
    expect(create({ launched: undefined }).others.map(({ id }) => id)).toEqual(['random/seed-0/scenes']);
  });

  it('says that a folder of images is missing, and that a stage is not done', () => {
    const bare = new Map(stages.map((stage) => [stage.key, detectionRecord(stage, { ...files, sheets: [] })]));
    expect(create({ records: bare, missingImages: '/data/voc' }).pictures).toEqual({
      kind: 'none',
      reason: 'The boxes are drawn without images: /data/voc is not here.',
    });
    expect(create({ records: bare, images: 'https://images' }).pictures).toEqual({
      kind: 'files',
      base: 'https://images',
    });
    expect(() => create({ chosen: ['gone/seed-0/scenes'] })).toThrow(/no finished detection of gone/);
  });

  it('finds the pictures of VOC and COCO by their settings', () => {
    const data = {
      voc: { kind: 'voc', root: 'data/VOC2007' },
      coco: { kind: 'coco', root: 'data/coco', images: '{split}2017' },
      composed: { kind: 'emoji-scenes' },
    };
    const transfers = Object.keys(data).map((id) => ({ id, task: 'detection', data: id, test: 'val' }));
    const experiment = { data, transfers } as unknown as Experiment;
    expect(pictureFolder(experiment, 'voc')).toBe('data/VOC2007/JPEGImages');
    expect(pictureFolder(experiment, 'coco')).toBe('data/coco/val2017');
    expect(pictureFolder(experiment, 'composed')).toBeUndefined();
    expect(pictureFolder(experiment, 'nothing')).toBeUndefined();
  });

  it('knows its targets from what earlier versions may have left', () => {
    expect(isDetectionsTarget({ kind: 'stages', out: '/o', run: 'r', stages: ['a'] })).toBe(true);
    expect(isDetectionsTarget({ kind: 'files', truth: '/t.json', results: ['/a.json', '/b.json'] })).toBe(true);
    expect(isDetectionsTarget({ kind: 'files', truth: '/t.json', results: [] })).toBe(false);
    expect(isDetectionsTarget({ kind: 'stages', out: '/o', run: 'r', stages: [1] })).toBe(false);
    expect(isDetectionsTarget(undefined)).toBe(false);
  });
});
