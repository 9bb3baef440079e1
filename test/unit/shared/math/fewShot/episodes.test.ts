/** Drawing of episodes and class parts, and their scores by a slow loop. */
import { describe, expect, it } from 'vitest';
import { dealClasses } from '../../../../../src/shared/math/fewShot/classParts';
import { drawEpisodes, type ClassRows, type EpisodeShape } from '../../../../../src/shared/math/fewShot/drawEpisodes';
import { finishEpisodes, scoreEpisodes, transformRows } from '../../../../../src/shared/math/fewShot/scoreEpisodes';
import { deriveRandom } from '../../../../../src/shared/random';

const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);

describe('class parts', () => {
  it('of shares are disjoint and as large as asked', () => {
    const { base, validation, novel } = dealClasses(names, { base: 0.64, validation: 0.16, novel: 0.2 }, 0);
    expect([base.length, validation.length, novel.length]).toEqual([64, 16, 20]);
    expect(new Set([...base, ...validation, ...novel]).size).toBe(100);
    expect([...novel]).not.toEqual([...dealClasses(names, { base: 0.64, validation: 0.16, novel: 0.2 }, 1).novel]);
  });

  it('keep novel classes novel when their share grows', () => {
    const small = dealClasses(names, { base: 0.5, validation: 0, novel: 0.2 }, 3).novel;
    const large = dealClasses(names, { base: 0.5, validation: 0, novel: 0.4 }, 3).novel;
    expect([...small].every((place) => large.includes(place))).toBe(true);
  });

  it('of names are those, and shares are dealt from the rest', () => {
    const { base, novel } = dealClasses(names, { base: 0.9, validation: 0, novel: ['class 7', 'class 3'] }, 0);
    expect([...novel]).toEqual([3, 7]);
    expect(base).toHaveLength(90);
    expect(base.includes(3)).toBe(false);
  });

  it('refuse unknown names, names in two parts and too large shares', () => {
    const parts = { base: 0.5, validation: 0.1, novel: 0.2 };
    expect(() => dealClasses(names, { ...parts, novel: ['cat'] }, 0)).toThrow(/"cat" of `novel` is not among/);
    expect(() => dealClasses(names, { ...parts, base: ['class 1'], novel: ['class 1'] }, 0)).toThrow(/in `base` and/);
    expect(() => dealClasses(names, { base: 0.9, validation: 0.1, novel: 0.2 }, 0)).toThrow(
      /more than the 100 classes/,
    );
  });

  it('round without a class too many', () => {
    const three = dealClasses(['a', 'b', 'c'], { base: 0.5, validation: 0, novel: 0.5 }, 0);
    expect(three.base.length + three.novel.length).toBe(3);
  });
});

const shape: EpisodeShape = { ways: 3, shots: 2, queries: 4, episodes: 50 };
const oneSplit = (sizes: readonly number[]): ClassRows[] => {
  let next = 0;
  return sizes.map((size, c) => {
    const rows = Int32Array.from({ length: size }, () => next++);
    return { class: 10 + c, support: rows, query: rows };
  });
};

describe('episodes', () => {
  const classes = oneSplit([6, 9, 30, 5, 7]);
  const drawn = drawEpisodes(classes, shape, 1);
  const rowsOf = (c: number) => classes.find((rows) => rows.class === c)!.support;

  it('take different classes and different rows of each', () => {
    for (let e = 0; e < shape.episodes; e++) {
      const way = drawn.way.subarray(3 * e, 3 * e + 3);
      expect(new Set(way).size).toBe(3);
      const rows = [...drawn.support.subarray(6 * e, 6 * e + 6), ...drawn.query.subarray(12 * e, 12 * e + 12)];
      expect(new Set(rows).size).toBe(18);
      drawn.support
        .subarray(6 * e, 6 * e + 6)
        .forEach((one, i) => expect(rowsOf(way[Math.floor(i / 2)]!)).toContain(one));
      drawn.query
        .subarray(12 * e, 12 * e + 12)
        .forEach((one, i) => expect(rowsOf(way[Math.floor(i / 4)]!)).toContain(one));
    }
  });

  it('leave out classes that are too small', () => {
    expect(drawn.way.includes(13)).toBe(false);
    expect(new Set(drawn.way)).toEqual(new Set([10, 11, 12, 14]));
    expect(() => drawEpisodes(oneSplit([6, 6, 5]), shape, 0)).toThrow(/2 of the 3 classes have as many/);
  });

  it('depend on the seed, and longer lists begin with shorter ones', () => {
    expect(drawEpisodes(classes, shape, 1)).toEqual(drawn);
    expect(drawEpisodes(classes, shape, 2).way).not.toEqual(drawn.way);
    const longer = drawEpisodes(classes, { ...shape, episodes: 80 }, 1);
    expect(longer.query.subarray(0, drawn.query.length)).toEqual(drawn.query);
  });

  it('of fewer shots have the same queries and some of the supports', () => {
    const fewer = drawEpisodes(oneSplit([9, 9, 9]), { ...shape, shots: 1 }, 1);
    const more = drawEpisodes(oneSplit([9, 9, 9]), { ...shape, shots: 3 }, 1);
    expect(fewer.query).toEqual(more.query);
    fewer.support.forEach((one, i) => expect(more.support[3 * i]).toBe(one));
  });

  it('take queries from another split where there is one', () => {
    const two = oneSplit([5, 5, 5]).map((rows) => ({ ...rows, query: rows.support.map((one) => one + 100) }));
    const episodes = drawEpisodes(two, { ...shape, shots: 5, queries: 5 }, 0);
    expect(Math.max(...episodes.support)).toBeLessThan(100);
    expect(Math.min(...episodes.query)).toBeGreaterThanOrEqual(100);
  });

  it('are uniform over classes', () => {
    const { way } = drawEpisodes(oneSplit([6, 6, 6, 6, 6, 6]), { ...shape, episodes: 2000 }, 5);
    const counts = new Map<number, number>();
    for (const c of way) counts.set(c, (counts.get(c) ?? 0) + 1);
    // 1000 each, standard deviation below 23.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

describe('scores of episodes', () => {
  const classes = oneSplit([12, 12, 12, 12]);
  const random = deriveRandom(0, 'test');
  const dimension = 6;
  const values = Float32Array.from(
    { length: 48 * dimension },
    (_, i) => (Math.floor(i / dimension / 12) === i % dimension ? 1.2 : 0) + random.normal(),
  );
  const episodes = drawEpisodes(classes, { ways: 3, shots: 2, queries: 5, episodes: 40 }, 0);

  it('equal a slow loop over episodes', () => {
    const { accuracy, predictions, shares, interval } = finishEpisodes(
      scoreEpisodes(episodes, { values, dimension }, { kind: 'nearest-mean' }),
    );
    const at = (row: number, d: number) => values[row * dimension + d]!;
    const slow = Array.from({ length: 40 }, (_, e) => {
      let right = 0;
      for (let q = 0; q < 15; q++) {
        const distances = [0, 1, 2].map((way) => {
          const [first, second] = [0, 1].map((s) => episodes.support[e * 6 + way * 2 + s]!);
          let sum = 0;
          for (let d = 0; d < dimension; d++)
            sum += (at(episodes.query[e * 15 + q]!, d) - (at(first!, d) + at(second!, d)) / 2) ** 2;
          return sum;
        });
        const nearest = distances.indexOf(Math.min(...distances));
        expect(predictions[e * 15 + q]).toBe(nearest);
        if (nearest === Math.floor(q / 5)) right++;
      }
      return right / 15;
    });
    expect([...accuracy]).toEqual(slow);
    const mean = slow.reduce((a, b) => a + b) / 40;
    const sd = Math.sqrt(slow.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 39);
    expect(interval.mean).toBeCloseTo(mean, 12);
    // Student's t with 39 degrees of freedom.
    expect(interval.halfWidth).toBeCloseTo((2.022691 * sd) / Math.sqrt(40), 6);
    for (let i = 0; i < shares.length; i += 3) expect(shares[i]! + shares[i + 1]! + shares[i + 2]!).toBeCloseTo(1, 5);
  });

  it('of centred rows are of length one about the centre', () => {
    const centre = Float64Array.from({ length: dimension }, (_, d) => d / 10);
    const { values: moved } = transformRows({ values, dimension }, 'centred-l2', centre);
    const from = [...values.subarray(0, dimension)].map((value, d) => value - d / 10);
    const length = Math.hypot(...from);
    from.forEach((value, d) => expect(moved[d]).toBeCloseTo(value / length, 5));
    expect(transformRows({ values, dimension }, 'none', undefined).values).toBe(values);
  });
});
