/** Which settings keep two numbers from being compared, what the reader is told, and what users may overrule. */
import { describe, expect, it } from 'vitest';
import {
  describeUnfair,
  findUnfairFields,
  topicOf,
  type EffectiveSettings,
} from '../../../../src/shared/results/comparability';
import type { SettingValue } from '../../../../src/shared/results/settingValue';

const base: Readonly<Record<string, SettingValue>> = {
  'pretraining.method': 'moco',
  'pretraining.epochs': 200,
  'transfer.task': 'detection',
  'transfer.recipe': 'voc07-c4-9k',
  'transfer.metric': 'voc07-11point',
  'transfer.train': 'trainval',
  'transfer.test': 'test',
  'transfer.shortestSide': '480, 800',
  'transfer.steps': 9000,
  'transfer.schedule.milestones': '6000, 8000',
  'transfer.learningRate': 0.02,
  'transfer.layers': 'layer4',
  'data.kind': 'voc',
  'data.root': '/data/VOC2007',
  'backbone.name': 'resnet50',
  'measured.metric': 'ap',
  'measured.testImages': 4952,
};

const settings = (changes: Readonly<Record<string, SettingValue | undefined>> = {}): EffectiveSettings =>
  new Map(
    Object.entries({ ...base, ...changes }).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  );

const topics = (changes: Readonly<Record<string, SettingValue | undefined>>) =>
  findUnfairFields(settings(changes), settings()).map(({ topic }) => topic);

describe('a comparison of two results', () => {
  it('is fair between pretrainings, whatever they cost, and whatever layers are read beside the last', () => {
    expect(topics({})).toEqual([]);
    expect(topics({ 'pretraining.method': 'supervised', 'pretraining.epochs': 90 })).toEqual([]);
    expect(topics({ 'transfer.layers': 'layer1, layer4' })).toEqual([]);
  });

  it.each([
    ['metric', { 'transfer.metric': 'coco' }],
    ['metric', { 'measured.metric': 'ap50' }],
    ['task', { 'transfer.task': 'classification' }],
    ['data', { 'data.root': '/data/VOC2012' }],
    ['data', { 'measured.testImages': 4951 }],
    ['split', { 'transfer.train': 'train' }],
    ['image size', { 'transfer.shortestSide': '800' }],
    ['schedule', { 'transfer.steps': 24000 }],
    ['schedule', { 'transfer.schedule.milestones': '18000, 22000' }],
    ['schedule', { 'transfer.learningRate': 0.01 }],
    ['labels', { 'transfer.budget': '10%' }],
    ['layer', { 'measured.layer': 'layer3' }],
    ['backbone', { 'backbone.name': 'resnet18' }],
    ['setting', { 'transfer.freeze': 'layer1' }],
  ] as const)('is unfair by %s: %o', (topic, changes) => {
    expect(topics(changes)).toEqual([topic]);
  });

  it('names a recipe only where its settings differ as well', () => {
    expect(topics({ 'transfer.recipe': 'other-name' })).toEqual([]);
    expect(topics({ 'transfer.recipe': 'voc0712-c4-24k', 'transfer.steps': 24000 })).toEqual(['recipe', 'schedule']);
  });

  it('of other tasks says so, and not what only one of them has', () => {
    const other = { 'transfer.task': 'knn', 'measured.task': 'knn', 'transfer.k': 5, 'transfer.steps': undefined };
    expect(
      findUnfairFields(settings(other), settings({ 'measured.task': 'detection' })).map(({ field }) => field),
    ).toEqual(['transfer.task']);
  });

  it('is the same from both sides, and a field that is missing differs', () => {
    const [own, other] = [settings({ 'transfer.steps': undefined }), settings()];
    expect(findUnfairFields(own, other)).toEqual([
      { field: 'transfer.steps', topic: 'schedule', own: undefined, other: 9000 },
    ]);
    expect(findUnfairFields(other, own)).toEqual([
      { field: 'transfer.steps', topic: 'schedule', own: 9000, other: undefined },
    ]);
  });

  it('may be allowed by field or by topic', () => {
    const other = settings({ 'transfer.steps': 1, 'transfer.learningRate': 1 });
    const left = (...same: string[]) =>
      findUnfairFields(other, settings(), { treatedAsSame: new Set(same) }).map(({ field }) => field);
    expect(left('transfer.steps')).toEqual(['transfer.learningRate']);
    expect(left('schedule')).toEqual([]);
  });

  it('compares what pretrainings cost when that is asked for, where both were trained', () => {
    const rules = { treatedAsSame: new Set<string>(), isBudgetCompared: true };
    const longer = settings({ 'pretraining.epochs': 800 });
    expect(findUnfairFields(longer, settings(), rules).map(({ topic }) => topic)).toEqual(['pretraining budget']);
    const random = settings({ 'pretraining.epochs': undefined, 'pretraining.method': 'random' });
    expect(findUnfairFields(random, settings(), rules)).toEqual([]);
  });

  it('judges results made elsewhere by what they say', () => {
    const stated = new Map<string, SettingValue>([
      ['measured.metric', 'ap'],
      ['transfer.steps', 24000],
    ]);
    const rules = { treatedAsSame: new Set<string>(), isPartial: true };
    expect(findUnfairFields(stated, settings(), rules).map(({ field }) => field)).toEqual(['transfer.steps']);
  });

  it('is told in a sentence, a part for each topic', () => {
    const fields = findUnfairFields(
      settings({
        'transfer.steps': 1,
        'transfer.learningRate': 1,
        'transfer.shortestSide': undefined,
        'measured.metric': 'ap50',
      }),
      settings(),
    );
    expect(describeUnfair(fields)).toBe(
      'metric: ap50, not ap; image size: shortestSide unset, not 480, 800; schedule: learningRate 1, not 0.02 and 1 more',
    );
  });

  it('knows a topic for any field', () => {
    expect(topicOf('transfer.pool.maxDimension')).toBe('setting');
    expect(topicOf('data.train')).toBe('split');
    expect(topicOf('data.labels')).toBe('labels');
  });
});
