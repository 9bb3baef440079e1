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

describe('the diagnosis of detectors', () => {
  const more = (changes = '') =>
    `analyses:\n  - { kind: detection-errors${changes} }\n  - { kind: detection-errors, id: versus, against: random }\n`;
  const before = plan(textOf('', more()));
  const diagnoses = ({ stages }: Plan) => stages.filter(({ kind }) => kind === 'analysis');
  const keysOf = (of: Plan) => diagnoses(of).map(({ key }) => key);

  it('comes after the detection that it looks at, for each seed; a detector is not compared with itself', () => {
    const [first] = diagnoses(before);
    expect(first).toMatchObject({ id: 'random/seed-0/detection-errors', needs: [transferKeys(before)[0]] });
    expect(new Set(keysOf(before)).size).toBe(2);
    expect(before.stages.indexOf(first!)).toBeGreaterThan(before.stages.findIndex(({ kind }) => kind === 'transfer'));
  });

  it('compares two detectors seed by seed', () => {
    const two = plan(textOf('', more()).replace('- { id: random }', '- { id: random }\n  - { id: b, method: random }'));
    const versus = diagnoses(two).filter(({ pretraining, analysis }) => pretraining === 'b' && analysis === 'versus');
    expect(versus.map(({ against, needs }) => [against, needs.length])).toEqual([
      ['random', 2],
      ['random', 2],
    ]);
  });

  it('is made anew with the detector or a threshold, not with the draws of intervals it has not', () => {
    expect(keysOf(plan(textOf('', more(', resamples: 200'))))).toEqual(keysOf(before));
    const moved = (text: string) => keysOf(plan(text)).filter((key) => !keysOf(before).includes(key)).length;
    expect(moved(textOf('', more(', foreground: 0.6')))).toBe(2);
    expect(moved(textOf('', more(', classes: [dog]')))).toBe(2);
    expect(moved(textOf(', steps: 999', more()))).toBe(4);
  });

  it.each([
    [', transfer: detekt', 'there is no transfer called `detekt`; did you mean `detect`?'],
    [', background: 0.6', '`background` is 0.6, but must lie below `foreground` (0.5)'],
    [', iouType: segm', 'finds boxes; set `iouType: bbox`'],
    [', of: [none]', 'there is no pretraining called `none`'],
  ])('is refused with%s', (changes, message) => {
    const { problems } = parse(textOf('', more(changes)));
    expect(problems.filter(({ severity }) => severity === 'error').map((one) => one.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('needs a detection', () => {
    const text = textOf('', 'analyses: [{ kind: detection-errors }]').replace(/transfers:\n.*\n/, '');
    const { problems } = parse(text);
    expect(problems.map(({ code }) => code)).toContain('no-detection');
  });
});

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
