/** Analyses of features against NumPy and SciPy (test/golden/make/analyses.py), and what must hold whatever the features. */
import { describe, expect, it } from 'vitest';
import { classLikeness } from '../../../../src/shared/math/geometry/classLikeness';
import { classSpread } from '../../../../src/shared/math/geometry/classSpread';
import { intrinsicDimension } from '../../../../src/shared/math/geometry/intrinsicDimension';
import { mainDirections } from '../../../../src/shared/math/mainDirections';
import type { Matrix } from '../../../../src/shared/math/rank';
import { averageRanks, correlation } from '../../../../src/shared/math/rankCorrelation';
import { pwcca, svcca } from '../../../../src/shared/math/similarity/canonical';
import { centreFeatures } from '../../../../src/shared/math/similarity/features';
import { pairDistances } from '../../../../src/shared/math/similarity/pairDistances';
import { procrustesSimilarity } from '../../../../src/shared/math/similarity/procrustes';
import { gaussianKernel, KernelAlignment, squaredDistances } from '../../../../src/shared/math/similarity/unbiasedHsic';
import { gaussianBhattacharyya, hScore, transRate } from '../../../../src/shared/math/transferability/classSeparation';
import { logMe } from '../../../../src/shared/math/transferability/logMe';
import { deriveRandom } from '../../../../src/shared/random';
import golden from '../../../golden/data/analyses.json';

const toMatrix = (rows: readonly (readonly number[])[]): Matrix => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]!.length,
});
const product = (a: Matrix, b: Matrix): Float64Array => {
  const values = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.rows; j++)
      for (let k = 0; k < a.columns; k++)
        values[i * b.rows + j]! += a.data[i * a.columns + k]! * b.data[j * b.columns + k]!;
  return values;
};
const transposed = ({ data, rows, columns }: Matrix): Matrix => ({
  data: Float64Array.from({ length: data.length }, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!),
  rows: columns,
  columns: rows,
});
const rowsOf = ({ data, columns }: Matrix, from: number, n: number): Matrix => ({
  data: data.slice(from * columns, (from + n) * columns),
  rows: n,
  columns,
});
const unitRows = (m: Matrix, centred: boolean): Matrix => {
  const data = Float64Array.from(m.data);
  for (let i = 0; i < m.rows; i++) {
    const row = data.subarray(i * m.columns, (i + 1) * m.columns);
    const mean = centred ? row.reduce((sum, value) => sum + value, 0) / m.columns : 0;
    const length = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    row.forEach((value, k) => (row[k] = (value - mean) / length));
  }
  return { ...m, data };
};

const [rawX, rawY] = [toMatrix(golden.x), toMatrix(golden.y)];
const [x, y] = [centreFeatures(rawX, 'x'), centreFeatures(rawY, 'y')];
const { labels } = golden;
const n = rawX.rows;

type Kernel = (gram: Float64Array, count: number) => Float64Array;
const linear: Kernel = (gram) => gram;
function cka(a: Matrix, b: Matrix, kernel: Kernel, batches: readonly number[] = [n]): number {
  const alignment = new KernelAlignment(1, 1);
  let from = 0;
  for (const count of batches) {
    const [p, q] = [rowsOf(a, from, count), rowsOf(b, from, count)];
    alignment.add([kernel(product(p, p), count)], [kernel(product(q, q), count)], count);
    from += count;
  }
  return alignment.values()[0]![0]!;
}
const noise = (purpose: string, rows: number, columns: number): Matrix => {
  const random = deriveRandom(1, purpose);
  return { data: Float64Array.from({ length: rows * columns }, () => random.normal()), rows, columns };
};

describe('similarity', () => {
  it.each([
    ['cka', golden.cka, () => cka(x, y, linear)],
    ['cka in batches', golden.ckaInBatches, () => cka(x, y, linear, golden.batches)],
    [
      'cka with a Gaussian kernel',
      golden.rbfCka,
      () => cka(x, y, (g, m) => gaussianKernel(squaredDistances(g, m), m, 0.5)),
    ],
    ['svcca', golden.svcca, () => svcca(mainDirections(x, 0.99), mainDirections(y, 0.99))],
    ['pwcca', golden.pwcca, () => pwcca(mainDirections(x, 0.99), mainDirections(y, 0.99))],
    ['procrustes', golden.procrustes, () => procrustesOf(x, y)],
    ['rsa', golden.rsa, () => rsa(x, y)],
  ])('%s equals NumPy', (_name, expected, compute) => {
    expect(compute()).toBeCloseTo(expected, 9);
  });

  it('is 1 for the same features turned, moved and scaled', () => {
    const turn = mainDirections(centreFeatures(noise('turn', 40, 12), 'noise'), 1).loadings;
    const basis = unitRows(toMatrix(turn.to2DArray()), false);
    const turned: Matrix = { data: product(x, basis).map((value) => 3 * value), rows: n, columns: basis.rows };
    expect(basis.rows).toBe(12);
    const other = centreFeatures(turned, 'turned');
    expect(cka(x, other, linear)).toBeCloseTo(1, 9);
    expect(procrustesOf(x, other)).toBeCloseTo(1, 9);
    expect(svcca(mainDirections(x, 1), mainDirections(other, 1))).toBeCloseTo(1, 9);
  });

  it('has no bias: cka of independent noise is about 0 with more features than images', () => {
    const values = Array.from({ length: 20 }, (_, i) => {
      const [a, b] = [noise(`a${i}`, 40, 200), noise(`b${i}`, 40, 200)];
      return cka(a, b, linear);
    });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // The biased estimate would be 0.8 here.
    expect(Math.abs(mean)).toBeLessThan(0.05);
  });

  it('refuses features that are the same for all images, and such that are not finite', () => {
    expect(() =>
      centreFeatures({ data: new Float64Array(12).fill(0.1), rows: 4, columns: 3 }, 'layer4 of moco'),
    ).toThrow('layer4 of moco gives all 4 images the same features');
    expect(() => centreFeatures({ data: Float64Array.of(1, NaN), rows: 2, columns: 1 }, 'fc')).toThrow(/not finite/);
  });
});

function procrustesOf(a: Matrix, b: Matrix): number {
  const [p, q] = [transposed(a), transposed(b)];
  const norm = (m: Matrix) => Math.sqrt(Float64Array.from(m.data).reduce((sum, value) => sum + value ** 2, 0));
  return procrustesSimilarity({ data: product(p, q), rows: p.rows, columns: q.rows }, norm(a), norm(b));
}

function rsa(a: Matrix, b: Matrix): number {
  const [p, q] = [a, b].map((m) => {
    const unit = unitRows(m, true);
    return averageRanks(pairDistances(product(unit, unit), n));
  });
  return correlation(p!, q!);
}

describe('geometry', () => {
  it('class spread equals NumPy', () => {
    const spread = classSpread(x, labels);
    for (const [name, expected] of Object.entries(golden.spread))
      expect(spread[name as keyof typeof spread], name).toBeCloseTo(expected, 8);
  });

  it('likeness within and across classes equals NumPy', () => {
    const likeness = classLikeness(unitRows(rawX, false), labels);
    for (const [name, expected] of Object.entries(golden.likeness))
      expect(likeness[name as keyof typeof likeness], name).toBeCloseTo(expected, 9);
  });

  it('intrinsic dimension equals NumPy, and finds a plane in many dimensions', () => {
    expect(intrinsicDimension(squaredDistances(product(rawX, rawX), n), n, 10)).toBeCloseTo(
      golden.intrinsicDimension,
      7,
    );
    const plane = noise('plane', 400, 2);
    const up = noise('up', 30, 2);
    const cloud: Matrix = { data: product(plane, up), rows: 400, columns: 30 };
    const found = intrinsicDimension(squaredDistances(product(cloud, cloud), 400), 400, 20);
    expect(found).toBeGreaterThan(1.7);
    expect(found).toBeLessThan(2.3);
  });

  it('classes that are points have collapsed', () => {
    const corners = toMatrix([0, 1, 2, 0, 1, 2].map((k) => [0, 1, 2].map((j) => Number(j === k))));
    const spread = classSpread(corners, [0, 1, 2, 0, 1, 2]);
    expect(spread).toMatchObject({ within: 0, ratio: 0, withinClassVariability: 0, nearestMeanAccuracy: 1 });
    expect(spread.unequalNorms).toBeCloseTo(0, 12);
    expect(spread.unequalAngles).toBeCloseTo(0, 12);
  });
});

describe('transferability', () => {
  it.each([
    ['LogME', golden.logMe, () => logMe(mainDirections(rawX, 1), labels, rawX.columns)],
    ['H-score', golden.hScore, () => hScore(mainDirections(x, 1), labels)],
    ['GBC', golden.gbc, () => gaussianBhattacharyya(mainDirections(x, 1), labels)],
    ['TransRate', golden.transRate, () => transRate(x, labels)],
  ])('%s equals NumPy', (_name, expected, compute) => {
    expect(compute()).toBeCloseTo(expected, 7);
  });

  it('falls when the labels are shuffled', () => {
    const shuffled = labels.map((_, i) => labels[(i * 7 + Math.floor(i / 4)) % n]!);
    expect(logMe(mainDirections(rawX, 1), shuffled, 12)).toBeLessThan(golden.logMe);
    expect(hScore(mainDirections(x, 1), shuffled)).toBeLessThan(golden.hScore);
    expect(gaussianBhattacharyya(mainDirections(x, 1), shuffled)).toBeLessThan(golden.gbc);
  });
});
