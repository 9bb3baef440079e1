/** Stages of detection transfers: what they need, and which settings give them new keys. */
import { describe, expect, it } from 'vitest';
import { planStages } from '../../../../src/shared/experiment/plan';
import type { PlanInputs } from '../../../../src/shared/experiment/stageList';
import type { Plan } from '../../../../src/shared/experiment/stages';
import { parse } from './problemsOf';

const inputs: PlanInputs = {
  fingerprints: { scenes: 'fingerprint-of-scenes' },
  fileHashes: {},
  runtimeFamily: 'wasm',
  codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
};

const textOf = (changes = '', more = '') => `name: test
seeds: [0, 1]
backbone: { name: resnet18, width: 16, stem: small }
data:
  scenes: { kind: emoji-scenes }
pretrainings:
  - { id: random }
transfers:
  - { id: detect, task: detection, data: scenes${changes} }
${more}`;

function plan(text: string, changes: Partial<PlanInputs> = {}): Plan {
  const { experiment, problems } = parse(text);
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
  return planStages(experiment, { ...inputs, ...changes });
}

const transferKeys = ({ stages }: Plan) => stages.filter(({ kind }) => kind === 'transfer').map(({ key }) => key);

describe('detection transfers', () => {
  const before = plan(textOf());

  it('are one stage for each seed, on the pretraining and no features', () => {
    expect(before.stages.map(({ id }) => id)).toEqual([
      'random/seed-0',
      'random/seed-0/detect',
      'random/seed-1',
      'random/seed-1/detect',
    ]);
    const [pretraining, transfer] = before.stages;
    expect(transfer!.needs).toEqual([pretraining!.key]);
    expect(new Set(before.stages.map(({ key }) => key)).size).toBe(4);
  });

  it.each([
    ['what only shows or saves', ', logEvery: 3, evaluateEvery: 50, checkpointEvery: 7, about: a note'],
    ['defaults written out', ', model: fcos, steps: 1000, milestones: [667, 889], flip: true'],
  ])('keep their keys when the file has %s', (_, changes) => {
    expect(transferKeys(plan(textOf(changes)))).toEqual(transferKeys(before));
  });

  it.each([
    ...[
      'model: retinanet',
      'steps: 999',
      'learningRate: 0.02',
      'freeze: layer1',
      'reinitialise: layer4',
      'flip: false',
      'crop: 0.8',
      'preciseBatchNorm: 10',
    ],
    ...['metric: voc-area', 'scoreThreshold: 0.1', 'testImages: 50', 'batchNorm: frozen', 'shortestSide: [96, 128]'],
  ])('get new keys by %s, and pretrainings keep theirs', (change) => {
    const after = plan(textOf(`, ${change}`));
    const known = new Set(transferKeys(before));
    expect(transferKeys(after).some((key) => known.has(key))).toBe(false);
    const pretrainings = ({ stages }: Plan) =>
      stages.filter(({ kind }) => kind === 'pretraining').map(({ key }) => key);
    expect(pretrainings(after)).toEqual(pretrainings(before));
  });

  it('get new keys by other data and other code', () => {
    const known = transferKeys(before);
    expect(transferKeys(plan(textOf(), { fingerprints: { scenes: 'other' } }))).not.toEqual(known);
    const codeVersions = { ...inputs.codeVersions, transfer: '2' };
    expect(transferKeys(plan(textOf(), { codeVersions }))).not.toEqual(known);
  });

  it('make a study of transplants by a matrix: a stage for each depth from which weights are drawn anew', () => {
    const cells = plan(textOf(', matrix: { reinitialise: [none, layer4, layer3, layer2, layer1, stem] }'));
    const ofFirst = cells.stages.filter(({ kind, seed }) => kind === 'transfer' && seed === 0);
    expect(ofFirst.map(({ id }) => id)).toEqual(
      ['none', 'layer4', 'layer3', 'layer2', 'layer1', 'stem'].map((from) => `random/seed-0/detect[${from}]`),
    );
    expect(new Set(transferKeys(cells)).size).toBe(12);
    // The one without is the plain transfer.
    expect(ofFirst[0]!.key).toBe(transferKeys(before)[0]);
    const both = plan(textOf(', matrix: { freeze: [stem, layer2], reinitialise: [layer3, layer4] }'));
    expect(new Set(transferKeys(both)).size).toBe(8);
  });

  it('share a stage when they differ in name alone', () => {
    const twice = plan(textOf('', '  - { id: again, task: detection, data: scenes }\n'));
    expect(new Set(transferKeys(twice)).size).toBe(2);
  });
});
