/** What is said of few-shot transfers before anything runs. */
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../../src/shared/experiment/checks/facts';
import type { FewShotTransfer } from '../../../../../src/shared/experiment/transferSchema';
import { parse, problemLines } from '../problemsOf';

const textOf = (transfer: string, method = 'method: moco, recipe: emoji-moco-v2, steps: 2500') => `name: test
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  mini: { kind: image-lists, root: mini-imagenet }
pretrainings:
  - { id: random }
  - { id: trained, ${method}, data: mini }
transfers:
  - { id: few, task: few-shot, data: mini${transfer} }
`;

const names = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `n${from + i}`);
const factsOf = (train: readonly string[], test: readonly string[]): Facts => {
  const split = (classNames: readonly string[]) => ({ length: 6000, classes: classNames.length, classNames });
  return { data: { mini: { splits: ['train', 'test'], bySplit: { train: split(train), test: split(test) } } } };
};
const shared = factsOf(names(20), names(20));
const found = (transfer: string, facts?: Facts, method?: string) =>
  problemLines(textOf(transfer, method), facts).filter((line) => !/queue|image-size|momentum/.test(line));

describe('few-shot transfers', () => {
  it('are fine as they come, with the usual protocol', () => {
    expect(found('')).toEqual([]);
    const [transfer] = parse(textOf(', shots: 5')).experiment!.transfers as [FewShotTransfer];
    expect(transfer).toMatchObject({ ways: 5, shots: 5, queries: 15, episodes: 600, classifier: 'nearest-mean' });
    // scikit-learn's C = 1.
    expect(transfer.l2).toBe(1 / 25);
  });

  it.each([
    [', learningRate: 0.1', '`learningRate` has no effect with `classifier: nearest-mean`'],
    [', classifier: cosine, l2: 1', '`l2` has no effect with `classifier: cosine`'],
    [', classifier: logistic, epochs: 3', '`epochs` has no effect with `classifier: logistic`'],
    [', classifier: fine-tuned-head, l2: 1', '`l2` has no effect with `classifier: fine-tuned-head`'],
  ])('%s is idle', (transfer, expected) => {
    const lines = found(transfer);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`warning no-effect: ${expected}; remove it`);
  });

  it.each([
    [', classifier: logistic, l2: 1'],
    [
      ', classifier: fine-tuned-head, learningRate: 0.1, momentum: 0, dampening: 0, weightDecay: 0, batch: 8, epochs: 3',
    ],
  ])('%s is used', (transfer) => {
    expect(found(transfer)).toEqual([]);
  });

  it('need as many novel classes as an episode draws', () => {
    const [line, ...rest] = found('', shared);
    expect(rest).toEqual([]);
    expect(line).toContain(
      'error too-few-novel-classes: `few` draws 5 classes for an episode, but only 4 of the 20 classes of `mini` are novel',
    );
    expect(found(', novel: 0.25, base: 0.5', shared).join()).not.toContain('too-few');
    expect(found(', ways: 3, novel: [n1, n2]', shared).join()).toContain('only 2 of the 20 classes');
  });

  it.each([
    [', novel: [n1, n2, n3, n4, n99]', 'the class "n99" of `novel` is not among the classes of the data'],
    [', base: [n1], novel: [n1, n2, n3, n4, n5]', 'the class "n1" is in `base` and in `novel`; keep it in one of them'],
    [', base: 0.8, novel: 0.8', 'ask for more than the 20 classes there are; lower a share'],
  ])('%s cannot be dealt', (transfer, expected) => {
    expect(found(transfer, shared).join()).toContain(expected);
  });

  it('say when a pretraining has seen the novel classes, with labels or without', () => {
    const enough = ', novel: 0.4, base: 0.4';
    const seen = 'info novel-classes-seen: `trained` is pretrained on `mini` with its novel classes';
    expect(found(enough, shared)).toEqual([expect.stringContaining(`${seen}, so the classes`)]);
    const labelled = found(enough, shared, 'method: exemplar, recipe: emoji-exemplar-v2, steps: 2500');
    expect(labelled).toEqual([expect.stringContaining(`${seen} and their labels, so the classes`)]);
    expect(found(`${enough}, of: [random]`, shared)).toEqual([]);
  });

  it('of splits with classes of their own take those as parts', () => {
    const apart = factsOf(names(64), names(20, 80));
    expect(found('', apart)).toEqual([]);
    expect(found('', apart, 'method: supervised, recipe: emoji-supervised, steps: 2500')).toEqual([]);
  });
});
