import { describe, expect, it } from 'vitest';
import { summarise } from '../../../../src/shared/math/tensorSummary';
import type { BatchInspection, InspectedLayer, Matching } from '../../../../src/shared/results/batchInspection';
import { findSuspicious } from '../../../../src/worker/debug/findings';

type Unjudged = Omit<BatchInspection, 'findings'>;

const of = (...values: number[]) => summarise(Float32Array.from(values));

function layer(name: string, changes: Partial<InspectedLayer> & { length?: number } = {}): InspectedLayer {
  const { length = 1, ...rest } = changes;
  const shape = [2, 4];
  return { name, call: 1, shape, activation: of(0, 1), gradient: of(length), dead: { units: [], of: 4 }, ...rest };
}

const healthy: Unjudged = {
  step: 0,
  learningRate: 0.1,
  seconds: { batch: 0, gradients: 0, update: 0 },
  views: [{ name: 'image', shape: [2, 1, 1, 3], channels: [of(0, 1), of(0, 1), of(0, 1)] }],
  images: [
    { place: 0, name: 'a', label: 'cat', files: [] },
    { place: 1, name: 'b', label: 'dog', files: [] },
  ],
  losses: [{ name: 'loss', value: 1 }],
  layers: [layer('one'), layer('two'), layer('three')],
  parameters: [{ name: 'w', shape: [2, 2], weight: of(1, 1), gradient: of(1), relativeUpdate: 1e-3 }],
};

const sayings = (changes: Partial<Unjudged>, warnings: readonly string[] = []) =>
  findSuspicious({ ...healthy, ...changes }, warnings).map(({ severity, message }) => `${severity}: ${message}`);

describe('what is suspicious', () => {
  it('is nothing where all is well', () => {
    expect(sayings({})).toEqual([]);
  });

  it('is a number that is not finite, at the first layer that has one', () => {
    expect(sayings({ losses: [{ name: 'loss', value: Infinity }] })).toEqual(['error: The loss is Infinity.']);
    const broken = [
      layer('one'),
      layer('two', { activation: of(NaN, 1) }),
      layer('three', { activation: of(NaN, NaN) }),
    ];
    expect(sayings({ layers: broken })).toEqual([
      'error: two is the first layer with numbers that are not finite: 1 of 2.',
    ]);
    const back = [layer('one', { gradient: of(NaN) }), layer('two', { call: 2, gradient: of(NaN) }), layer('three')];
    expect(sayings({ layers: back })[0]).toBe('error: On the way back, gradients are not finite from two (call 2) on.');
  });

  it('is a dead layer, and one of whose channels half are dead, once for stage and block', () => {
    const dead = (count: number) => ({ dead: { units: Array.from({ length: count }, (_, i) => i), of: 4 } });
    const layers = [
      layer('key:one', dead(4)),
      layer('one', dead(1)),
      layer('two.1', dead(2)),
      layer('two', dead(2)),
      layer('three', dead(4)),
    ];
    expect(sayings({ layers })).toEqual([
      'error: three is dead: all outputs are 0.',
      'warning: 2 of 4 channels of two.1 are 0 for the whole batch.',
    ]);
    const called = [layer('four'), layer('four', { call: 2, ...dead(4) })];
    expect(findSuspicious({ ...healthy, layers: called }, [])).toEqual([
      { severity: 'error', message: 'four (call 2) is dead: all outputs are 0.', about: 'four', call: 2 },
    ]);
    const many = Array.from({ length: 8 }, (_, i) => layer(`layer ${i}`, dead(i % 2 === 0 ? 2 : 3)));
    expect(sayings({ layers: many }).at(-1)).toBe(
      'warning: 3 further layers have at least half of their channels at 0.',
    );
  });

  it('is a gradient far from the median, or none', () => {
    const lengths = (...all: number[]) => all.map((length, i) => layer(`layer ${i}`, { length }));
    expect(sayings({ layers: lengths(1, 1, 1e-4) })).toEqual([
      'warning: The gradient vanishes at layer 2: it is 0.0001 times the median of all layers.',
    ]);
    expect(sayings({ layers: lengths(1, 2e3, 1) })).toEqual([
      'warning: The gradient explodes at layer 1: it is 2000 times the median of all layers.',
    ]);
    expect(sayings({ layers: lengths(1, 1, 1, 0) })).toEqual([
      'info: 1 of 4 layers get no gradient from this batch, such as layer 3.',
    ]);
    expect(sayings({ layers: lengths(0, 0, 0) })).toEqual([
      'error: No layer gets a gradient: all of them are exactly 0.',
    ]);
  });

  it('is a change of weights far from a thousandth', () => {
    const changing = (relativeUpdate: number, name = 'w', shape = [2, 2]) => ({
      ...{ name, shape, weight: of(1), gradient: of(1), relativeUpdate },
    });
    expect(sayings({ parameters: [changing(0.5)] })).toEqual([
      'warning: Weights change by 50.0 % in one update at learning rate 0.1; about 0.1 % is usual.',
    ]);
    expect(sayings({ parameters: [changing(1e-7)] })).toEqual([
      'info: Weights change by 1e-7 of their length in one update at learning rate 0.1; about 1e-3 is usual.',
    ]);
    expect(sayings({ parameters: [changing(1e-3), changing(1e-3), changing(0.2, 'far')] })).toEqual([
      'warning: far changes by 20.0 % in one update at learning rate 0.1.',
    ]);
    // A shift that begins at 0 changes by any factor.
    expect(sayings({ parameters: [changing(1e-3), changing(1.6, 'bias', [4])] })).toEqual([]);
  });

  it('is a batch of one class, of one colour, of the same views', () => {
    const classes: Matching = { kind: 'classes', classes: ['cat'], images: [] };
    const images = healthy.images.map((image) => ({ ...image, label: 'cat' }));
    expect(sayings({ images, matching: classes })).toEqual(['warning: All 2 images have the label cat.']);
    const grey = [{ ...healthy.views[0]!, channels: [of(0.1, 0.1), of(0, 0), of(0.2, 0.2)] }];
    expect(sayings({ views: grey })).toEqual(['error: All pixels of the view image have nearly one colour.']);
    const [view] = healthy.views;
    const views = [
      { ...view!, name: 'query' },
      { ...view!, name: 'key' },
    ];
    expect(sayings({ views })).toEqual(['warning: Both views of the images are the same; augment them.']);
  });

  it('is noise in the queue, objects without an anchor, what was warned of', () => {
    const queue = { kind: 'queue', of: 'queue', size: 100, filled: 25, temperature: 0.2, images: [] } as const;
    expect(sayings({ matching: queue })).toEqual([
      'info: 75.0 % of the queue is still noise: 25 of 100 entries are of images.',
    ]);
    const counts = { positive: 0, negative: 5, neither: 0 };
    const drawn = { positive: 0, negative: 5 };
    const stage = { name: 'anchors', counts, drawn, unmatched: [0], candidates: [] } as const;
    const truth = [{ box: [0, 0, 1, 1], label: 'cat', isCrowd: false }] as const;
    const boxes = { kind: 'boxes', classes: ['cat'], images: [{ place: 0, truth, stages: [stage] }] } as const;
    expect(sayings({ matching: boxes })).toEqual([
      'warning: 1 of 1 objects have no anchor that is matched to them.',
      'warning: No anchor of the batch is positive.',
    ]);
    expect(sayings({}, ['a.png cannot be read'])).toEqual(['warning: a.png cannot be read']);
  });
});
