/** Layers and parameters as rows: order, filter, words, the layer that another panel means, and figures over depth. */
import { describe, expect, it } from 'vitest';
import type { BatchInspection, InspectedLayer, TensorSummary } from '../../../../../src/shared/results/batchInspection';
import { depthFigures } from '../../../../../src/shared/views/batch/depthFigures';
import {
  deadShare,
  describeLayer,
  describeParameter,
  findLayer,
  layerName,
  layerValue,
  orderRows,
} from '../../../../../src/shared/views/batch/tensorRows';

const summary = (change: Partial<TensorSummary> = {}): TensorSummary => ({
  ...{ count: 8, mean: 0, std: 1, min: -2, max: 2, norm: 3, zeros: 0, notFinite: 0, histogram: [4, 4] },
  ...change,
});

function layer(name: string, change: Partial<InspectedLayer> = {}): InspectedLayer {
  return { ...{ name, call: 1, shape: [2, 4, 4, 8], activation: summary(), dead: { units: [], of: 8 } }, ...change };
}

const layers = [
  layer('layer1.2', { activation: summary({ std: 0.5 }), gradient: summary({ norm: 0.1 }) }),
  layer('layer1.10', { dead: { units: [1, 3, 5, 7], of: 8 }, gradient: summary({ norm: 7 }) }),
  layer('layer1.10', { call: 2 }),
];

const order = (sort: 'order' | 'name' | 'std' | 'dead' | 'gradient', isDescending: boolean, filter = '') =>
  orderRows(layers.length, {
    ...{ filter, sort, isDescending },
    nameOf: (place) => layerName(layers[place]!),
    valueOf: (place) => layerValue(layers[place]!, sort),
  });

describe('rows of tensors', () => {
  it('orders numbers in names as numbers, calls after one another, and what is unknown last both ways', () => {
    expect(order('order', false)).toEqual([0, 1, 2]);
    expect(order('order', true)).toEqual([2, 1, 0]);
    expect(order('name', false)).toEqual([0, 1, 2]);
    expect(order('gradient', false)).toEqual([0, 1, 2]);
    expect(order('gradient', true)).toEqual([1, 0, 2]);
    expect(order('dead', true)).toEqual([1, 0, 2]);
  });

  it('filters by every word', () => {
    expect(order('std', false, '10 call')).toEqual([2]);
    expect(order('order', false, 'layer1 10')).toEqual([1, 2]);
    expect(order('order', false, 'conv')).toEqual([]);
  });

  it('says what a layer is like, beside the first update', () => {
    expect(deadShare(layers[1]!)).toBe(0.5);
    const words = describeLayer(layers[1]!, layer('layer1.10', { activation: summary({ std: 2 }) }));
    expect(words.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Layer: layer1.10',
      'Shape: 2 × 4 × 4 × 8',
      'Output: 0 ± 1, at first 2',
      'Output, range: −2 to 2',
      'Output, length: 3, at first 3',
      'Output, zeros: 0 %',
      'Dead units: 4 of 8: 1, 3, 5, 7',
      'Gradient: 0 ± 1',
      'Gradient, range: −2 to 2',
      'Gradient, length: 7',
      'Gradient, zeros: 0 %',
    ]);
    expect(describeLayer(layers[2]!).at(-1)).toEqual({ label: 'Gradient', value: 'none passes here' });
  });

  it('says how far an update moved a parameter, and which numbers are not finite', () => {
    const frozen = { name: 'bn1.weight', shape: [], weight: summary({ notFinite: 2, mean: NaN }) };
    const words = describeParameter(frozen).map(({ label, value }) => `${label}: ${value}`);
    expect(words).toContain('Update: not trained');
    expect(words).toContain('Weight, not finite: 2');
    expect(words).toContain('Weight: NaN ± 1');
    const moved = describeParameter({ ...frozen, relativeUpdate: 0.00123 });
    expect(moved.at(-1)?.value).toBe('0.00123 of the weight’s length');
  });

  it('finds the layer of another panel, its call, or the last one inside of it', () => {
    expect(findLayer(layers, 'layer1.2')).toBe(layers[0]);
    expect(findLayer(layers, 'layer1')).toBe(layers[2]);
    expect(findLayer(layers, 'layer')).toBeUndefined();
    expect(findLayer(layers, 'layer1.10')).toBe(layers[1]);
    expect(findLayer(layers, 'layer1.10', 2)).toBe(layers[2]);
    expect(findLayer(layers, 'layer1.10', 9)).toBe(layers[1]);
  });

  it('lines layers of two updates up, and leaves out what a logarithm has no place for', () => {
    const inspection = (step: number, of: readonly InspectedLayer[]): BatchInspection => ({
      ...{ step, seconds: { batch: 0, gradients: 0, update: 0 }, views: [], images: [], parameters: [] },
      ...{ losses: [], findings: [], layers: of },
    });
    const first = inspection(0, [layer('layer1.10', { activation: summary({ std: 9 }) })]);
    const others = [layer('key:layer1.2'), layer('fc', { activation: summary({ std: 0 }) })];
    const now = inspection(4, [...layers, ...others]);
    const [std, gradient] = depthFigures(now, first);
    // Neither second calls nor the slow encoder.
    expect(std?.layers).toEqual(['layer1.2', 'layer1.10', 'fc']);
    expect(std?.places).toEqual([0, 1, 4]);
    expect(std?.series).toEqual([
      { name: 'update 5', values: [0.5, 1, undefined] },
      { name: 'update 1', values: [undefined, 9, undefined] },
    ]);
    expect(gradient?.series[0]?.values).toEqual([0.1, 7, undefined]);
    expect(depthFigures(inspection(0, [layer('a')]), undefined).map(({ figure }) => figure)).toEqual(['std']);
  });
});
