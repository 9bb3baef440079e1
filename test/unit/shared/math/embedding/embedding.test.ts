import { describe, expect, it } from 'vitest';
import { centreMap, startTsne, startUmap } from '../../../../../src/shared/math/embedding/layOut';
import {
  nearestOnMap,
  neighbourPurity,
  rankExcess,
  trustworthiness,
} from '../../../../../src/shared/math/embedding/mapQuality';
import { neighbourProbabilities } from '../../../../../src/shared/math/embedding/perplexity';
import { QuadTree } from '../../../../../src/shared/math/embedding/quadTree';
import { topDirections } from '../../../../../src/shared/math/embedding/topDirections';
import { TsneGradient } from '../../../../../src/shared/math/embedding/tsne';
import { umapGraph } from '../../../../../src/shared/math/embedding/umapGraph';
import { fitLikenessCurve, Repulsion } from '../../../../../src/shared/math/embedding/umapLayout';
import { deriveRandom } from '../../../../../src/shared/random';
import { bruteNeighbours, DIMENSION, digitLabels, digits, golden, ROWS, slowCosines } from '../../../../support/digits';

const cosines = slowCosines(digits, DIMENSION);
const plane = mainComponents();
const all = Int32Array.from({ length: ROWS }, (_, row) => row);

/** Scores [500, 2] on the two main directions of centred digits, with the squared singular values and their total. */
function mainComponents() {
  const means = Float64Array.from({ length: DIMENSION }, (_, k) => {
    return digits.reduce((sum, value, at) => (at % DIMENSION === k ? sum + value : sum), 0) / ROWS;
  });
  const centred = Float64Array.from(digits, (value, at) => value - means[at % DIMENSION]!);
  const gram = new Float64Array(DIMENSION * DIMENSION);
  for (let i = 0; i < ROWS; i++)
    for (let a = 0; a < DIMENSION; a++)
      for (let b = 0; b < DIMENSION; b++)
        gram[a * DIMENSION + b] = gram[a * DIMENSION + b]! + centred[i * DIMENSION + a]! * centred[i * DIMENSION + b]!;
  const found = topDirections(gram, { size: DIMENSION, count: 2, random: deriveRandom(0, 'test') });
  const points = Float64Array.from({ length: 2 * ROWS }, (_, at) => {
    const row = centred.subarray((at >> 1) * DIMENSION, ((at >> 1) + 1) * DIMENSION);
    return row.reduce((sum, value, k) => sum + value * found.vectors[at & 1]![k]!, 0);
  });
  const total = Array.from({ length: DIMENSION }, (_, k) => gram[k * DIMENSION + k]!).reduce((a, b) => a + b, 0);
  return { points, shares: found.values.map((value) => value / total) };
}

function trustOf(points: ArrayLike<number>, k: number, likeness = cosines): number {
  const images = points.length / 2;
  const rows = Int32Array.from({ length: images }, (_, row) => row);
  const nearest = nearestOnMap(points, rows, k);
  let excess = 0;
  for (const i of rows)
    excess += rankExcess(likeness.subarray(i * images, (i + 1) * images), i, nearest.subarray(i * k, (i + 1) * k));
  return trustworthiness(excess, { ranked: images, images, k });
}

function squaresOf(similarity: Float32Array): Float64Array {
  return Float64Array.from(similarity, (cosine) => Math.max(0, 2 - 2 * cosine));
}

/** Signs of scikit-learn's components, so that the golden points are the same ones. */
function signedPlane(): Float64Array {
  const signs = [0, 1].map((axis) => Math.sign(plane.points[axis]! * golden.pca.first[0]![axis]!));
  return plane.points.map((value, at) => value * signs[at & 1]!);
}

function standard(points: Float64Array): Float64Array {
  const deviation = Math.sqrt(points.reduce((sum, value) => sum + value * value, 0) / points.length);
  return points.map((value) => value / deviation);
}

describe('main directions of digits', () => {
  it("are scikit-learn's", () => {
    const signed = signedPlane();
    golden.pca.first.flat().forEach((value, at) => expect(signed[at]).toBeCloseTo(value, 8));
    golden.pca.shares.forEach((share, axis) => expect(plane.shares[axis]).toBeCloseTo(share, 10));
  });

  it('finds equal eigenvalues, and none where there are none', () => {
    const random = deriveRandom(0, 'test');
    const matrix = Float64Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? (at < 14 ? 3 : 1) : 0));
    const equal = topDirections(matrix, { size: 6, count: 2, random });
    expect(equal.values.map((value) => value.toFixed(12))).toEqual(['3.000000000000', '3.000000000000']);
    const none = topDirections(new Float64Array(9), { size: 3, count: 2, random });
    expect(none.values.every((value) => Math.abs(value) < 1e-12)).toBe(true);
  });
});

describe('how far a map is to be believed', () => {
  it("trustworthiness is scikit-learn's to 1e-9", () => {
    const { features, points, k, value } = golden.trust;
    expect(Math.abs(trustOf(points.flat(), k, slowCosines(features.flat(), 5)) - value)).toBeLessThan(1e-9);
    // A few cosines of digits are equal, and their order is chance.
    expect(Math.abs(trustOf(plane.points, golden.k) - golden.pca.trustworthiness)).toBeLessThan(1e-6);
  });

  it("shares of a class among neighbours are scikit-learn's", () => {
    const k = golden.k;
    expect(neighbourPurity(nearestOnMap(plane.points, all, k), digitLabels)).toBeCloseTo(golden.pca.mapPurity, 9);
    expect(neighbourPurity(bruteNeighbours(cosines, k).neighbour, digitLabels)).toBeCloseTo(golden.featurePurity, 9);
  });

  it('is 1 where the map keeps all neighbours, and ranks ties by place', () => {
    const line = Float64Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? at / 2 : 0));
    const like = (i: number) => Float64Array.from({ length: 10 }, (_, j) => -Math.abs(i - j));
    const nearest = nearestOnMap(line, [0, 4], 2);
    expect([...nearest]).toEqual([1, 2, 3, 5]);
    expect(rankExcess(like(0), 0, [1, 2]) + rankExcess(like(4), 4, [3, 5])).toBe(0);
    expect(rankExcess(like(4), 4, [5, 9])).toBe(7);
  });
});

describe('t-SNE', () => {
  const { perplexity } = golden.tsne;
  const near = bruteNeighbours(cosines, 3 * perplexity + 1);
  const probabilities = neighbourProbabilities(
    { neighbour: near.neighbour, squares: squaresOf(near.similarity) },
    ROWS,
    perplexity,
  );

  it("has scikit-learn's probabilities", () => {
    golden.tsne.first.forEach((value, at) => expect(probabilities.values[at]! / value).toBeCloseTo(1, 4));
    expect(probabilities.values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it("has scikit-learn's divergence and gradient where nothing is approximated", () => {
    const points = standard(signedPlane());
    const exact = new TsneGradient(probabilities, 0);
    const gradient = new Float64Array(points.length);
    exact.compute(points, gradient);
    expect(exact.divergence(points)).toBeCloseTo(golden.tsne.divergence, 4);
    const largest = Math.max(...golden.tsne.gradient.flat().map(Math.abs));
    golden.tsne.gradient
      .flat()
      .forEach((value, at) => expect(Math.abs(gradient[at]! - value)).toBeLessThan(1e-4 * largest));
  });

  it('has the gradient that finite differences of the divergence have', () => {
    const points = standard(plane.points);
    const exact = new TsneGradient(probabilities, 0);
    const gradient = new Float64Array(points.length);
    exact.compute(points, gradient);
    for (const at of [0, 1, 77, 500, 999]) {
      const moved = (by: number) => exact.divergence(points.map((value, k) => (k === at ? value + by : value)));
      expect(gradient[at]).toBeCloseTo((moved(1e-4) - moved(-1e-4)) / 2e-4, 8);
    }
  });

  it('is near the exact gradient with cells as points', () => {
    const points = standard(plane.points);
    const [exact, near] = [0, 0.5].map((angle) => {
      const gradient = new Float64Array(points.length);
      new TsneGradient(probabilities, angle).compute(points, gradient);
      return gradient;
    });
    const size = Math.sqrt(exact!.reduce((sum, value) => sum + value * value, 0));
    const off = Math.sqrt(exact!.reduce((sum, value, at) => sum + (value - near![at]!) ** 2, 0));
    expect(off / size).toBeLessThan(0.02);
  });

  it("keeps neighbourhoods of digits as scikit-learn's does", () => {
    const descent = startTsne(near, plane.points, { perplexity, exaggeration: 12 });
    for (const _ of descent.moves);
    const points = centreMap(descent.points);
    expect(trustOf(points, golden.k)).toBeGreaterThan(golden.tsne.trustworthiness - 0.01);
    expect(neighbourPurity(nearestOnMap(points, all, golden.k), digitLabels)).toBeGreaterThan(
      golden.tsne.mapPurity - 0.02,
    );
    expect(descent.divergence!()).toBeLessThan(golden.tsne.divergence / 2);
  });
});

describe('the quad tree', () => {
  it('sums the repulsion of all points, points on one place among them', () => {
    const random = deriveRandom(5, 'test');
    const points = Float64Array.from({ length: 400 }, () => random.normal());
    for (let k = 0; k < 40; k++) points[k] = points[k % 2]!;
    const tree = new QuadTree(200);
    tree.build(points);
    const forces = new Float64Array(400);
    const total = tree.repel(forces, 0);
    let expected = 0;
    for (let i = 0; i < 200; i++) {
      let [x, y] = [0, 0];
      for (let j = 0; j < 200; j++) {
        if (i === j) continue;
        const [dx, dy] = [points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!];
        const likeness = 1 / (1 + dx * dx + dy * dy);
        expected += likeness;
        x += likeness * likeness * dx;
        y += likeness * likeness * dy;
      }
      expect(forces[2 * i]).toBeCloseTo(x, 9);
      expect(forces[2 * i + 1]).toBeCloseTo(y, 9);
    }
    expect(total).toBeCloseTo(expected, 6);
  });
});

describe('UMAP', () => {
  const near = bruteNeighbours(cosines, golden.k - 1);

  it.each(golden.umap.curves)(
    "fits umap-learn's curve at minimal distance %f and spread %f",
    (distance, spread, a, b) => {
      const curve = fitLikenessCurve(distance, spread);
      expect(curve.a).toBeCloseTo(a, 4);
      expect(curve.b).toBeCloseTo(b, 4);
    },
  );

  it('repels by a table within 2e-4 of the formula', () => {
    const [a, b] = [1.577, 0.895];
    const repulsion = new Repulsion({ a, b });
    for (let d = 1e-6; d < 1e4; d *= 1.003) {
      const exact = (2 * b) / ((0.001 + d * d) * (1 + a * Math.exp(2 * b * Math.log(d))));
      expect(Math.abs(repulsion.at(d * d) / exact - 1)).toBeLessThan(2e-4);
    }
  });

  it("has umap-learn's graph", () => {
    const distance = Float64Array.from(near.similarity, (cosine) => Math.max(0, 1 - cosine));
    const graph = umapGraph({ neighbour: near.neighbour, distance }, ROWS);
    expect(graph.columns.length).toBe(golden.umap.entries);
    expect(graph.values.reduce((a, b) => a + b, 0) / golden.umap.sum).toBeCloseTo(1, 5);
    golden.umap.first.forEach((value, at) => expect(graph.values[at]).toBeCloseTo(value, 4));
  });

  it("keeps neighbourhoods of digits as umap-learn's does, and is the same for the same seed", () => {
    const draw = (seed: number, iterations = 500) => {
      const settings = { minDistance: 0.1, spread: 1, negativeSamples: 5, iterations, seed };
      const descent = startUmap(near, plane.points, settings);
      for (const _ of descent.moves);
      return centreMap(descent.points);
    };
    const points = draw(0);
    expect(trustOf(points, golden.k)).toBeGreaterThan(golden.umap.trustworthiness - 0.01);
    expect(neighbourPurity(nearestOnMap(points, all, golden.k), digitLabels)).toBeGreaterThan(
      golden.umap.mapPurity - 0.02,
    );
    expect(draw(0, 20)).toEqual(draw(0, 20));
    expect(draw(1, 20)).not.toEqual(draw(0, 20));
  });

  it('parts images with equal features by noise, and ends', () => {
    const same = { neighbour: Int32Array.from([1, 2, 0, 2, 0, 1]), similarity: new Float32Array(6).fill(1) };
    const settings = { minDistance: 0.1, spread: 1, negativeSamples: 5, seed: 0, iterations: 20 };
    const descent = startUmap(same, new Float64Array(6), settings);
    for (const _ of descent.moves);
    expect([...descent.points].every(Number.isFinite)).toBe(true);
    const squares = { neighbour: same.neighbour, squares: new Float64Array(6) };
    expect([...neighbourProbabilities(squares, 3, 1.5).values].every((value) => Math.abs(value - 1 / 6) < 1e-12)).toBe(
      true,
    );
  });
});
