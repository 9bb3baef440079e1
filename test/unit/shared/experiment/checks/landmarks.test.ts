/** Landmark transfers and cut backbones that do not fit: what is said, and where. */
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../../src/shared/experiment/checks/facts';
import { problemLines } from '../problemsOf';

const text = (transfer: string, data = 'scenes') => `name: test
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  scenes: { kind: emoji-scenes }
  faces: { kind: celeba, root: celeba, test: MAFL/testing }
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
  - { id: moco, method: moco, data: faces, recipe: emoji-moco-v2, steps: 2500 }
transfers:
  - { id: points, data: ${data}, ${transfer} }
`;
const complaints = (transfer: string, data?: string, facts?: Facts) =>
  problemLines(text(transfer, data), facts).filter((line) => !/unused-data|unequal/.test(line));

describe('checks of landmark transfers', () => {
  it.each([
    ['task: landmarks', 'scenes', []],
    ['task: landmark-probe, layers: [layer1, layer4]', 'faces', []],
    ['task: landmarks, normalise: [left, middle], cut: layer2', 'scenes', []],
    [
      'task: landmark-probe',
      'emoji',
      [/error no-landmarks: `points` learns landmarks, but `emoji` \(`emoji`\) has none; use `celeba`, `pts`, `coco`/],
    ],
    [
      'task: landmarks, normalise: [left, rigth]',
      'scenes',
      [/error unknown-landmark: .*`rigth`; did you mean `right`\?/],
    ],
    ['task: landmarks, normalise: inter-ocular', 'scenes', [/error unknown-landmark: `scenes` has no eyes/]],
    ['task: landmarks, margin: 0.3', 'faces', [/warning no-effect: `margin` has no effect with `kind: celeba`/]],
    [
      'task: landmarks, virtualLandmarks: 9, optimizer: adam, momentum: 0.5',
      'scenes',
      [/`virtualLandmarks` has no effect with `head: pooled`/, /`momentum` has no effect with `optimizer: adam`/],
    ],
    [
      'task: landmarks, cut: layer2, reinitialise: layer3',
      'scenes',
      [/warning no-effect: `reinitialise` has no effect with `cut: layer2`/],
    ],
    ['task: detection, cut: layer2', 'scenes', [/error cut-unsupported: `points` cannot cut the backbone/]],
    ['task: landmarks, freeze: layer2, reinitialise: layer1', 'scenes', [/error frozen-random/]],
  ])('%s on %s', (transfer, data, expected) => {
    const found = complaints(transfer, data);
    expect(found).toHaveLength(expected.length);
    expected.forEach((message, i) => expect(found[i]).toMatch(message));
  });

  it('warn of people who are both pretrained on and tested on', () => {
    const pair = {
      pretrained: { data: 'faces', split: 'train' },
      tested: { data: 'faces', split: 'MAFL/testing' },
    };
    const facts = (identities: number) => ({ sharedImages: [{ ...pair, images: 0, identities }] });
    expect(complaints('task: landmarks', 'faces', facts(0))).toEqual([]);
    expect(complaints('task: landmarks', 'faces', facts(3)).join()).toMatch(
      /11:\d+-\d+ warning test-identities-in-pretraining: `moco` is pretrained on `faces` train, which shows 3 people of the test images of `points` \(`faces` MAFL\/testing\): .* add `without: \[MAFL\/testing\]`/,
    );
  });
});
