import { describe, expect, it } from 'vitest';
import { noteOnCurve } from '../../../../../src/shared/views/run/curveNotes';
import { remarksOnCurve } from '../../../../../src/shared/views/run/curveRemarks';

function remarks(metric: string, values: readonly number[], context = { method: 'moco', queue: 1023, batch: 64 }) {
  const curve = { steps: Float64Array.from(values, (_, i) => 50 * (i + 1)), values: Float64Array.from(values) };
  return remarksOnCurve({ metric, curve, context }).map(({ level, text }) => `${level}: ${text}`);
}
const constant = (value: number, count = 20): number[] => new Array<number>(count).fill(value);
const falling = Array.from({ length: 40 }, (_, i) => 7 - i / 20);

describe('remarks on curves', () => {
  it('a contrastive loss that stays at log(K + 1) is chance, one that has left it is not', () => {
    const chance = Math.log(1024);
    expect(remarks('loss', constant(chance))).toEqual([
      'warning: flat at log(K + 1) = 6.93: no better than guessing among 1,023 keys',
    ]);
    expect(remarks('loss', constant(0.9 * chance))).toEqual([]);
    expect(remarks('loss', falling)).toEqual([]);
    // On its way past it, and without a queue, it says nothing.
    expect(
      remarks(
        'loss',
        falling.map((value) => value + (chance - falling.at(-1)!)),
      ),
    ).toEqual([]);
    expect(remarks('loss', constant(chance), { method: 'supervised' } as never)).toEqual([]);
  });

  it('young curves are left alone', () => {
    for (const metric of ['loss', 'trainAccuracy', 'spread', 'rankMe', 'uniformity', 'gradientNorm'])
      for (const value of [Math.log(1024), 0, 1, 100]) expect(remarks(metric, constant(value, 7))).toEqual([]);
  });

  it('a loss that has risen is told, but not the rise while the queue fills', () => {
    const risen = [...constant(3, 30), ...constant(5, 12)];
    expect(remarks('loss', risen, { method: 'supervised' } as never)).toEqual([
      'warning: has risen from 3.00 to 5.00: the learning rate may be too high',
    ]);
    // The queue of 64 · 50 · 8 keys is being filled over the first half.
    const filling = [...constant(3, 10), ...constant(5, 30)];
    expect(remarks('loss', filling, { method: 'moco', queue: 64 * 125, batch: 64 })).toEqual([]);
    expect(remarks('loss', filling, { method: 'moco', queue: 64, batch: 64 })).toHaveLength(1);
  });

  it('values that are not finite are told with their first step, and the rest is judged', () => {
    expect(remarks('loss', [3, 2, NaN, 1])).toEqual([
      'error: not a finite number at step 150: lower the learning rate or warm up',
    ]);
    const [first, second] = remarks('trainAccuracy', [...constant(1, 9), Infinity, NaN]);
    expect(first).toContain('at step 500 and 1 more times');
    expect(second).toContain('memorised');
    expect(remarks('knn', [NaN, NaN])).toHaveLength(1);
  });

  it.each([
    ['trainAccuracy', 1, 0.97, 'memorised'],
    ['positiveAccuracy', 1, 0.6, 'solved'],
    ['spread', 0.05, 0.5, 'collapsed'],
    ['rankMe', 1.2, 9, 'collapsed'],
    ['uniformity', -0.01, -1, 'crowd'],
  ])('%s of %d is remarked and of %d is not', (metric, bad, good, word) => {
    expect(remarks(metric, constant(bad)).join()).toContain(word);
    expect(remarks(metric, constant(good))).toEqual([]);
  });

  it('the best nearest-neighbour accuracy is told, and that it has fallen', () => {
    expect(remarks('knn', [0.1, 0.312, 0.3])).toEqual(['info: best 31.2 % at step 100']);
    expect(remarks('knn', [...constant(0.4, 6), ...constant(0.2, 6)])).toEqual([
      'warning: best 40.0 % at step 50, now 20.0 %: longer training does not help',
    ]);
  });

  it('a jump of the gradient and a loss of speed are told', () => {
    expect(remarks('gradientNorm', [...constant(2), 25])[0]).toContain('ten times its median of 2.0');
    expect(remarks('gradientNorm', [...constant(2), 15])).toEqual([]);
    expect(remarks('imagesPerSecond', constant(412.4))).toEqual(['info: 412 in the median']);
    expect(remarks('imagesPerSecond', [...constant(400, 30), ...constant(100, 11)])[0]).toContain('slowed down');
  });
});

it('a note says what guessing costs for each queue, and names what it does not know', () => {
  const { explanation } = noteOnCurve('loss', [
    { method: 'moco', queue: 65_536 },
    { method: 'exemplar', queue: 65_536 },
    { method: 'supervised' },
  ]);
  expect(explanation.match(/log\(65,537\) = 11\.09/g)).toHaveLength(1);
  expect(explanation).toContain('Cross-entropy');
  expect(noteOnCurve('myMetric', [])).toMatchObject({ title: 'myMetric', explanation: 'Logged as myMetric.' });
});
