/** Cosine similarity of images of one class and of different classes; Wang & Isola 2020 (arXiv 2005.10242) call the former alignment. */
import type { Matrix } from '../rank';
import { averageRanks } from '../rankCorrelation';

export interface ClassLikeness {
  /** Mean cosine over pairs of one class, in -1..1. */
  readonly sameClassCosine: number;
  /** Mean cosine over pairs of different classes. */
  readonly otherClassCosine: number;
  /** Share of pairs (one of a class, one across classes) in which the former is more alike, in 0..1: the area under the ROC curve. */
  readonly classAuc: number;
}

/** unit: [n, d] rows of length 1; labels: [n], with at least one pair of each sort, else NaN. */
export function classLikeness(unit: Matrix, labels: ArrayLike<number>): ClassLikeness {
  const { rows } = unit;
  const cosines = new Float64Array((rows * (rows - 1)) / 2);
  const isSame = new Uint8Array(cosines.length);
  const sums = [0, 0];
  const counts = [0, 0];
  for (let i = 1, pair = 0; i < rows; i++) {
    for (let j = 0; j < i; j++, pair++) {
      const same = labels[i] === labels[j] ? 1 : 0;
      cosines[pair] = cosine(unit, i, j);
      isSame[pair] = same;
      sums[same] = sums[same]! + cosines[pair]!;
      counts[same] = counts[same]! + 1;
    }
  }
  return {
    sameClassCosine: sums[1]! / counts[1]!,
    otherClassCosine: sums[0]! / counts[0]!,
    classAuc: areaUnderCurve(cosines, isSame, counts[1]!),
  };
}

function cosine({ data, columns }: Matrix, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += data[i * columns + k]! * data[j * columns + k]!;
  return sum;
}

/** Mann and Whitney's U by the number of pairs, ties counting half. */
function areaUnderCurve(values: Float64Array, isPositive: Uint8Array, positives: number): number {
  let rankSum = 0;
  averageRanks(values).forEach((rank, pair) => (rankSum += isPositive[pair] === 1 ? rank : 0));
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (values.length - positives));
}
