/** What is said of segmentation transfers and their data before anything runs. */
import { describe, expect, it } from 'vitest';
import { dilateTo } from '../../../../../src/shared/experiment/layers';
import type { SegmentationTransfer } from '../../../../../src/shared/experiment/transferSchema';
import { parse, problemLines } from '../problemsOf';

const textOf = (transfer: string, { stem = 'small', data = '' } = {}) => `name: test
seeds: [0, 1]
imageSize: 64
backbone: { name: resnet18, width: 16, stem: ${stem} }
data:
  scenes: { kind: emoji-scenes }
  boxes: { kind: voc, root: VOC2007 }
  maps: { kind: label-pngs, root: maps, classes: [a, b, c]${data} }
pretrainings:
  - { id: random }
transfers:
  - { id: cut, task: semantic-segmentation, data: scenes${transfer} }
  - { id: other, task: semantic-segmentation, data: maps }
  - { id: found, task: detection, data: boxes }
`;
const problems = (text: string) => problemLines(text).filter((line) => !line.includes('image-size'));
const transferOf = (text: string) => parse(text).experiment!.transfers[0] as SegmentationTransfer;

describe('segmentation transfers', () => {
  it('are fine as they come, with torchvision’s defaults', () => {
    expect(problems(textOf(''))).toEqual([]);
    expect(transferOf(textOf(''))).toMatchObject({
      ...{ model: 'deeplabv3', outputStride: 8, atrousRates: [12, 24, 36], headChannels: 256, dropout: 0.5 },
      ...{ auxiliaryHead: true, auxiliaryWeight: 0.5, cropSize: [64, 64], window: [64, 64], windowStride: [43, 43] },
    });
    expect(transferOf(textOf(', outputStride: 16'))).toMatchObject({ atrousRates: [6, 12, 18] });
    expect(transferOf(textOf(', model: fcn'))).toMatchObject({ dropout: 0.1 });
  });

  it('take every number of the paper’s recipe', () => {
    const text = textOf(', recipe: cityscapes-deeplabv3-40k', { stem: 'imagenet' });
    expect(problems(text)).toEqual([]);
    expect(transferOf(text)).toMatchObject({
      ...{ steps: 40_000, batch: 8, learningRate: 0.01, schedule: 'poly', power: 0.9, momentum: 0.9 },
      ...{ weightDecay: 5e-4, cropSize: [512, 1024], maxClassShare: 0.75, scaleRange: [0.5, 2], flip: true },
      ...{ photometric: true, outputStride: 8, atrousRates: [12, 24, 36], headChannels: 512, dropout: 0.1 },
      ...{ auxiliaryWeight: 0.4, inference: 'whole' },
    });
  });

  it.each([
    [', model: fcn, atrousRates: [1, 2, 3]', 'warning no-effect: `atrousRates` has no effect with `model: fcn`'],
    [', window: [32, 32]', 'warning no-effect: `window` has no effect with `inference: whole`'],
    [', auxiliaryHead: false, auxiliaryWeight: 1', 'warning no-effect: `auxiliaryWeight` has no effect'],
    [', power: 0.5', 'warning no-effect: `power` has no effect with `schedule: step`'],
    [', outputStride: 32', 'has an output stride of 16 here, not 32; write `outputStride: 16`'],
    [', scaleRange: [2, 0.5]', 'error wrong-order: `scaleRange: [2, 0.5]` has the larger number first'],
    [', inference: slide, window: [32, 32], windowStride: [32, 40]', 'error window-gaps: windows of 32 × 32 px'],
    [', batch: 1', 'error batch-norm-of-one: `batch: 1` leaves the batch norm of the pooled branch'],
    [', freeze: layer3, reinitialise: layer2', 'error frozen-random: `freeze: layer3` keeps `layer2` as it is'],
  ])('%s', (transfer, expected) => {
    const found = problems(textOf(transfer));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('need label maps, and label maps serve no other task', () => {
    const wrong = textOf('').replace('data: scenes', 'data: boxes');
    expect(problems(wrong).join()).toContain('use `kind: voc-segmentation` with the same `root`');
    const probe = textOf('').replace('task: semantic-segmentation, data: maps', 'task: knn, k: 3, data: maps');
    expect(problems(probe).join()).toContain('labels their pixels; use other data for `knn`, or `task: semantic-segm');
  });
});

describe('label map data', () => {
  it.each([
    [', values: [1, 2]', '`values` lists 2 values for 3 classes'],
    [', values: [1, 2, 1]', 'two classes have the value 1'],
    [', ignore: [2, 255]', '`ignore` names 2, the value of the class c'],
  ])('%s', (data, expected) => {
    expect(problems(textOf('', { data })).join()).toContain(expected);
  });
});

describe('output strides', () => {
  const base = { name: 'resnet50', width: 64, dilate: [false, false, false] } as const;
  it.each([
    ['imagenet', 32, [false, false, false]],
    ['imagenet', 16, [false, false, true]],
    ['imagenet', 8, [false, true, true]],
    ['imagenet', 4, [true, true, true]],
    ['small', 16, [false, false, false]],
    ['small', 4, [false, true, true]],
    ['cifar', 8, [false, false, false]],
    ['cifar', 4, [false, false, true]],
  ] as const)('%s stem, %i', (stem, outputStride, dilate) => {
    expect(dilateTo({ ...base, stem }, outputStride).dilate).toEqual(dilate);
  });
});
