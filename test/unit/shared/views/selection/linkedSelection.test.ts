/** The rules of the shared selection: what a choice changes, who sees it, which images are the same. */
import { describe, expect, it } from 'vitest';
import type { PanelSelection } from '../../../../../src/shared/protocol/panels/selection';
import {
  changeSelection,
  isSameImage,
  layerOfTensor,
  placeOfImage,
  selectionFor,
  selectionNews,
} from '../../../../../src/shared/views/selection/linkedSelection';
import { findImage, runOfPretraining } from '../../../../../src/shared/views/selection/shownStages';

const image = { data: 'voc07', split: 'test', name: 'JPEGImages/000005.jpg' };
const chosen: PanelSelection = { experiment: '/w/a', pretraining: 'moco', layer: 'layer4', image, category: 'dog' };

describe('a choice', () => {
  it('replaces what it names and leaves the rest; null clears', () => {
    const next = changeSelection(chosen, { pretraining: 'random', image: null, transfer: undefined });
    expect(next).toEqual({ experiment: '/w/a', pretraining: 'random', layer: 'layer4', category: 'dog' });
  });

  it('in another experiment begins anew, with layer and class as they were', () => {
    const next = changeSelection(chosen, { experiment: '/w/b', transfer: 'probe' });
    expect(next).toEqual({ experiment: '/w/b', transfer: 'probe', layer: 'layer4', category: 'dog' });
  });

  it('is seen whole in its experiment, elsewhere as far as names are shared', () => {
    expect(selectionFor(chosen, '/w/a')).toEqual(chosen);
    expect(selectionFor(chosen, '/w/b')).toEqual({ layer: 'layer4', category: 'dog' });
    expect(selectionFor({ pretraining: 'moco' }, '/w/b')).toEqual({ pretraining: 'moco' });
  });

  it('is news only where it differs, so that what a panel told itself moves nothing', () => {
    const next = changeSelection(chosen, { layer: 'layer3', category: null });
    expect(selectionNews(chosen, next)).toEqual({ layer: 'layer3', category: null });
    expect(selectionNews(next, { ...next, image: { ...image } })).toEqual({});
  });
});

describe('an image', () => {
  it('is the same by data, split and name, with or without folders, ending and number of the object', () => {
    const named = (name: string) => isSameImage(image, { ...image, name });
    for (const name of ['000005', '000005.jpg', 'JPEGImages/000005', '000005.jpg#2', 'JPEGImages\\000005.jpg'])
      expect(named(name), name).toBe(true);
    for (const name of ['00005', '5.jpg', '000005.jpg.bak', 'Other/000005.jpg']) expect(named(name), name).toBe(false);
    expect(isSameImage(image, { ...image, split: 'val' })).toBe(false);
    expect(isSameImage(image, { ...image, data: 'coco' })).toBe(false);
  });

  it('is found by its whole name before one that is only alike', () => {
    expect(placeOfImage(['a/1.png', 'b/1.png', '1.png'], '1.png')).toBe(2);
    expect(placeOfImage(['a/1.png', 'b/1.png'], 'b/1')).toBe(1);
    expect(placeOfImage(['a/1.png'], '2')).toBe(-1);
    expect(findImage({ data: 'voc07', split: 'test' }, ['000001', '000005'], image)).toBe(1);
    expect(findImage({ data: 'voc07', split: 'val' }, ['000001', '000005'], image)).toBe(-1);
    expect(findImage(undefined, ['000005'], image)).toBe(-1);
  });
});

describe('panels of one transfer', () => {
  it('compare with the pretraining that is looked at, of the first one’s seed, unless it is shown', () => {
    const run = (pretraining: string, seed: number) => ({ id: `${pretraining}-${seed}`, pretraining, seed });
    const others = [run('moco', 0), run('moco', 1), run('random', 0)];
    expect(runOfPretraining([run('random', 1)], others, 'moco')).toBe('moco-1');
    expect(runOfPretraining([run('random', 7)], others, 'moco')).toBe('moco-0');
    expect(runOfPretraining([run('moco', 2)], others, 'moco')).toBeUndefined();
    expect(runOfPretraining([run('moco', 2)], others, 'gone')).toBeUndefined();
  });
});

it('a tensor is of the deepest layer that its name begins with', () => {
  const layers = ['conv1', 'layer1', 'layer1.0', 'layer10'];
  expect(layerOfTensor(layers, 'layer1.0.conv1.weight')).toBe('layer1.0');
  expect(layerOfTensor(layers, 'layer10.weight')).toBe('layer10');
  expect(layerOfTensor(layers, 'fc.weight')).toBeUndefined();
});
