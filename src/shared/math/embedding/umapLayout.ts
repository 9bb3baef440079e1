/**
 * The layout of UMAP: McInnes, Healy and Melville 2018, arXiv 1802.03426, section 3.2 and algorithm 5. Edges attract their ends
 * as often as their weight says, and random pairs repel, by gradients of the cross-entropy.
 */
import type { Random } from '../../random';
import type { SparseRows } from './neighbourGraph';

/** Likeness of two points of the map at distance d: 1 / (1 + a d^(2b)). */
export interface LikenessCurve {
  readonly a: number;
  readonly b: number;
}

const SAMPLES = 300;

/**
 * a and b by least squares, such that the curve is near 1 below `minDistance` and exp(-(d - minDistance) / spread) beyond, at
 * 300 distances from 0 to 3 · spread: Gauss–Newton steps from (1, 1), damped where they would raise the error.
 */
export function fitLikenessCurve(minDistance: number, spread: number): LikenessCurve {
  let [a, b, damping] = [1, 1, 1e-3];
  let current = curveError({ a, b }, minDistance, spread);
  for (let step = 0; step < 500 && damping < 1e12; step++) {
    const { aa, ab, bb, ga, gb } = current;
    const [daa, dbb] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = daa * dbb - ab * ab;
    const next = { a: a - (dbb * ga - ab * gb) / determinant, b: b - (daa * gb - ab * ga) / determinant };
    const tried = curveError(next, minDistance, spread);
    if (!(tried.error < current.error) || next.a <= 0 || next.b <= 0) {
      damping *= 10;
      continue;
    }
    ({ a, b } = next);
    current = tried;
    damping /= 10;
  }
  return { a, b };
}

/** Squared error of the curve with its normal equations. */
function curveError({ a, b }: LikenessCurve, minDistance: number, spread: number) {
  let [error, aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0, 0];
  for (let i = 1; i < SAMPLES; i++) {
    const d = (3 * spread * i) / (SAMPLES - 1);
    const wanted = d < minDistance ? 1 : Math.exp(-(d - minDistance) / spread);
    const power = Math.exp(2 * b * Math.log(d));
    const likeness = 1 / (1 + a * power);
    const slope = -likeness * likeness * power;
    const [da, db, left] = [slope, slope * a * 2 * Math.log(d), likeness - wanted];
    error += left * left;
    aa += da * da;
    ab += da * db;
    bb += db * db;
    ga += da * left;
    gb += db * left;
  }
  return { error, aa, ab, bb, ga, gb };
}

export interface UmapSettings {
  readonly curve: LikenessCurve;
  /** Rounds in which the strongest edge attracts once each. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Random points that repel for each attraction. */
  readonly negativeSamples: number;
  readonly random: Random;
}

/** No step along an axis is longer, before the learning rate. */
const LONGEST_STEP = 4;

/** Moves the points [rows, 2] in place, one epoch at a time; yields how many are done. */
export function* layOutUmap(graph: SparseRows, points: Float64Array, settings: UmapSettings): Generator<number, void> {
  const { epochs, learningRate } = settings;
  const edges = selectEdges(graph, epochs, settings.negativeSamples);
  const repulsion = new Repulsion(settings.curve);
  for (let epoch = 0; epoch < epochs; epoch++) {
    runEpoch(edges, points, { ...settings, repulsion, epoch, rate: learningRate * (1 - epoch / epochs) });
    yield epoch + 1;
  }
}

/** Edges that are used at all, and how often. */
interface Edges {
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  /** Epochs between two uses, at least 1. */
  readonly every: Float64Array;
  /** When it is used next. */
  readonly due: Float64Array;
  readonly repelEvery: Float64Array;
  readonly repelDue: Float64Array;
}

function selectEdges({ offsets, columns, values }: SparseRows, epochs: number, negativeSamples: number): Edges {
  const strongest = values.reduce((most, value) => Math.max(most, value), 0);
  const heads: number[] = [];
  const tails: number[] = [];
  const every: number[] = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      if (values[at]! < strongest / epochs) continue;
      heads.push(i);
      tails.push(columns[at]!);
      every.push(strongest / values[at]!);
    }
  }
  const repelEvery = Float64Array.from(every, (period) => period / negativeSamples);
  return {
    heads: Int32Array.from(heads),
    tails: Int32Array.from(tails),
    every: Float64Array.from(every),
    due: Float64Array.from(every),
    repelEvery,
    repelDue: repelEvery.slice(),
  };
}

interface Epoch extends Pick<UmapSettings, 'curve' | 'random'> {
  readonly epoch: number;
  readonly rate: number;
  readonly repulsion: Repulsion;
}

function runEpoch(edges: Edges, points: Float64Array, { epoch, rate, random, curve, repulsion }: Epoch): void {
  const { heads, tails, every, due, repelEvery, repelDue } = edges;
  const count = points.length / 2;
  for (let edge = 0; edge < heads.length; edge++) {
    if (due[edge]! > epoch) continue;
    const head = 2 * heads[edge]!;
    attract(points, { head, tail: 2 * tails[edge]!, rate }, curve);
    due[edge] = due[edge]! + every[edge]!;
    const times = Math.trunc((epoch - repelDue[edge]!) / repelEvery[edge]!);
    for (let time = 0; time < times; time++) {
      // A bias of count / 2³² is nothing here, and the two divisions of `integer` would take a third of the time.
      const other = 2 * Math.floor((random.nextUint32() / 4294967296) * count);
      if (other !== head) repel(points, { head, tail: other, rate }, repulsion);
    }
    repelDue[edge] = repelDue[edge]! + times * repelEvery[edge]!;
  }
}

/** Places of the coordinates of two points. */
interface Pair {
  readonly head: number;
  readonly tail: number;
  readonly rate: number;
}

/** Both ends step by -2 a b d^(2(b-1)) / (1 + a d^(2b)) times their difference. */
function attract(points: Float64Array, { head, tail, rate }: Pair, { a, b }: LikenessCurve): void {
  const x = points[head]! - points[tail]!;
  const y = points[head + 1]! - points[tail + 1]!;
  const square = x * x + y * y;
  if (!(square > 0)) return;
  const power = Math.exp(b * Math.log(square));
  const slope = (-2 * a * b * power) / (square * (a * power + 1));
  const [stepX, stepY] = [rate * limit(slope * x), rate * limit(slope * y)];
  points[head] = points[head]! + stepX;
  points[head + 1] = points[head + 1]! + stepY;
  points[tail] = points[tail]! - stepX;
  points[tail + 1] = points[tail + 1]! - stepY;
}

/** The head alone steps by 2 b / ((0.001 + d²)(1 + a d^(2b))) times the difference. */
function repel(points: Float64Array, { head, tail, rate }: Pair, repulsion: Repulsion): void {
  const x = points[head]! - points[tail]!;
  const y = points[head + 1]! - points[tail + 1]!;
  const square = x * x + y * y;
  if (!(square > 0)) return;
  const slope = repulsion.at(square);
  points[head] = points[head]! + rate * limit(slope * x);
  points[head + 1] = points[head + 1]! + rate * limit(slope * y);
}

/** Distances per unit in the table. */
const FINENESS = 256;
const NEAREST = 0.5;
const FARTHEST = 48;

/**
 * How strongly points repel by the square of their distance. Most of the time of a layout goes here, and most of that into a
 * power: between `NEAREST` and `FARTHEST` a table, read linearly between its lines, is within 2e-4 of the formula.
 */
export class Repulsion {
  private readonly table: Float64Array;

  constructor(private readonly curve: LikenessCurve) {
    this.table = Float64Array.from({ length: FINENESS * FARTHEST + 2 }, (_, i) => this.exactly((i / FINENESS) ** 2));
  }

  at(square: number): number {
    const place = Math.sqrt(square) * FINENESS;
    const below = Math.floor(place);
    if (below < FINENESS * NEAREST || below >= FINENESS * FARTHEST) return this.exactly(square);
    const low = this.table[below]!;
    return low + (place - below) * (this.table[below + 1]! - low);
  }

  exactly(square: number): number {
    const { a, b } = this.curve;
    const power = square > 0 ? Math.exp(b * Math.log(square)) : 0;
    return (2 * b) / ((0.001 + square) * (1 + a * power));
  }
}

function limit(step: number): number {
  return step > LONGEST_STEP ? LONGEST_STEP : step < -LONGEST_STEP ? -LONGEST_STEP : step;
}
