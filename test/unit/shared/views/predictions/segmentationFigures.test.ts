/** Figures of segmentations against label maps that are counted one pixel after the other. */
import { describe, expect, it } from 'vitest';
import {
  defaultPredictionsView,
  type SegmentationLook,
} from '../../../../../src/shared/protocol/panels/predictionsPanel';
import { SEGMENTATION_VERSION, type SegmentationIndex } from '../../../../../src/shared/results/segmentations';
import { composeLabels } from '../../../../../src/shared/views/predictions/composeLabels';
import {
  figureSegmentation,
  listConfusedPairs,
  orderImages,
  wrongShare,
} from '../../../../../src/shared/views/predictions/segmentationFigures';

const classes = ['background', 'cat', 'dog'];

/** Images of four pixels: truth and prediction as digits, 9 = no class. */
function makeIndex(images: Readonly<Record<string, readonly [truth: string, predicted: string]>>): SegmentationIndex {
  const labelsOf = (text: string): number[] => [...text].map((digit) => (digit === '9' ? 255 : Number(digit)));
  const entries = Object.entries(images).map(([name, [truth, predicted]], i) => {
    const counts = new Map<string, number>();
    const found = labelsOf(predicted);
    labelsOf(truth).forEach((label, pixel) => {
      const key = `${label},${found[pixel]}`;
      if (label !== 255) counts.set(key, (counts.get(key) ?? 0) + 1);
    });
    const confusion = [...counts].sort().flatMap(([key, pixels]) => [...key.split(',').map(Number), pixels]);
    return { name, width: 2, height: 2, place: { sheet: 0, x: 2 * i, y: 0 }, confusion };
  });
  return { version: SEGMENTATION_VERSION, classes, pictures: 'sheets', images: entries };
}

const first = figureSegmentation(makeIndex({ a: ['0011', '0010'], b: ['2229', '1120'], c: ['0000', '0000'] }));
const second = figureSegmentation(makeIndex({ a: ['0011', '0011'], b: ['2229', '2220'], c: ['0000', '0111'] }));
const view = (part: Partial<SegmentationLook>, rest: object = {}) => ({
  ...defaultPredictionsView,
  ...rest,
  segmentation: { ...defaultPredictionsView.segmentation, ...part },
});

describe('figures of a segmentation', () => {
  it('are those of the label maps; void pixels count nowhere', () => {
    // background: 6 right, 1 taken for it; cat: 1 of 2, 2 taken for it; dog: 1 of 3.
    expect(first.scores.iou).toEqual([6 / 7, 1 / 4, 1 / 3]);
    expect(first.scores.pixelAccuracy).toBeCloseTo(8 / 11, 12);
    expect([0, 1, 2].map((image) => wrongShare(first, image))).toEqual([1 / 4, 2 / 3, 0]);
  });

  it('list what is taken for what, most pixels of both runs first', () => {
    expect(listConfusedPairs([first, second])).toEqual([
      { truth: 0, predicted: 1, pixels: [0, 3] },
      { truth: 2, predicted: 1, pixels: [2, 0] },
      { truth: 1, predicted: 0, pixels: [1, 0] },
    ]);
  });

  it('order and filter images', () => {
    const order = (look: Partial<SegmentationLook>, rest: object = {}) => [
      ...orderImages([first, second], view(look, rest)),
    ];
    expect(order({})).toEqual([0, 1, 2]);
    expect(order({}, { sort: 'errors' })).toEqual([2, 1, 0]);
    expect([...orderImages([first], view({}, { sort: 'errors' }))]).toEqual([1, 0, 2]);
    expect(order({}, { sort: 'moved' })).toEqual([2, 1, 0]);
    expect(order({ category: 'dog' })).toEqual([1]);
    expect(order({ cell: { truth: 'dog', predicted: 'cat' } })).toEqual([1]);
    expect(order({ cell: { truth: 'background', predicted: 'cat' } })).toEqual([]);
    // Of the run that is drawn.
    expect(order({ cell: { truth: 'background', predicted: 'cat' } }, { layout: 'second' })).toEqual([2]);
    expect(order({}, { search: ' B ' })).toEqual([1]);
    expect([...orderImages([], view({}))]).toEqual([]);
  });
});

describe('colours of labels', () => {
  const sheet = (labels: readonly number[]) => ({ width: 4, labels: Uint8Array.from(labels) });
  const truth = sheet([0, 0, 0, 1, 0, 0, 2, 255]);
  const predicted = sheet([0, 0, 0, 2, 0, 0, 2, 1]);
  const place = { truth, predicted, x: 2, y: 0, width: 2, height: 2 };
  const palette = new Uint32Array(256);
  palette.set([10, 11, 12]);
  const compose = (
    part: SegmentationLook['part'],
    {
      colours = palette,
      width = 2,
      height = 2,
      only,
    }: { colours?: Uint32Array; width?: number; height?: number; only?: { truth: number; predicted: number } } = {},
  ) => {
    const pixels = new Uint32Array(width * height).fill(99);
    composeLabels(place, { part, palette: colours, ...(only && { only }) }, { pixels, width, height });
    return [...pixels];
  };

  it('show the truth, the prediction, and what differs where the truth is a class', () => {
    expect(compose('truth')).toEqual([10, 11, 12, 0]);
    expect(compose('predicted')).toEqual([10, 12, 12, 11]);
    expect(compose('difference')).toEqual([0, 12, 0, 0]);
  });

  it('leave out what is switched off, and show one confusion alone', () => {
    const withoutDogs = palette.slice();
    withoutDogs[2] = 0;
    expect(compose('truth', { colours: withoutDogs })).toEqual([10, 11, 0, 0]);
    // The cat is still missed: white, since what it was taken for has no colour.
    expect(compose('difference', { colours: withoutDogs })).toEqual([0, 0xffffffff, 0, 0]);
    withoutDogs[1] = 0;
    expect(compose('difference', { colours: withoutDogs })).toEqual([0, 0, 0, 0]);
    expect(compose('difference', { only: { truth: 1, predicted: 2 } })).toEqual([0, 12, 0, 0]);
    expect(compose('predicted', { only: { truth: 2, predicted: 2 } })).toEqual([0, 0, 12, 0]);
  });

  it('take the nearest label when they are made smaller or larger', () => {
    expect(compose('truth', { width: 1, height: 1 })).toEqual([0]);
    expect(compose('truth', { width: 4, height: 2 })).toEqual([10, 10, 11, 11, 12, 12, 0, 0]);
  });
});
