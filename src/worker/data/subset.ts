/** Random subsets of a data set that keep every class's share. */
import { deriveRandom } from '../../shared/random';
import type { Dataset } from './dataset';

/**
 * `count` images, stratified: every class gets its share rounded down, and the remaining places go to the classes with the
 * largest fractions (drawn order among equals). Ascending indices; the same seed and purpose give the same images.
 */
export function takeSubset(dataset: Dataset, request: { count: number; seed: number; purpose: string }): Uint32Array {
  const { count, seed, purpose } = request;
  if (count >= dataset.length) return Uint32Array.from({ length: dataset.length }, (_, i) => i);
  const random = deriveRandom(seed, purpose);
  const byClass: number[][] = dataset.classes.map(() => []);
  for (const index of random.permutation(dataset.length)) byClass[dataset.labels[index]!]!.push(index);
  // Whole numbers: as fractions, equal remainders of classes of unequal size would differ in their last bits.
  const sizes = byClass.map(({ length }) => Math.floor((length * count) / dataset.length));
  const remainders = byClass.map(({ length }) => (length * count) % dataset.length);
  const tieBreak = random.permutation(sizes.length);
  const order = [...sizes.keys()].sort((a, b) => remainders[b]! - remainders[a]! || tieBreak[a]! - tieBreak[b]!);
  const left = count - sizes.reduce((sum, size) => sum + size, 0);
  for (const c of order.slice(0, left)) sizes[c]!++;
  return Uint32Array.from(byClass.flatMap((members, c) => members.slice(0, sizes[c]))).sort();
}
