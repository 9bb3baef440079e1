/**
 * Choosing a setting of a probe without looking at the test split: a tenth of the training images of each class is held out,
 * every value is trained on the rest, and the best on the held-out ones is taken; of equals the first. A value at which the
 * training diverges loses. MoCo's readoff (He et al. 2020, arXiv 1911.05722) searches the learning rate in such a way.
 */
import { UserError } from '../../shared/errors';
import { deriveRandom } from '../../shared/random';
import type { SweepResult } from '../../shared/results/records';

const HELD_SHARE = 0.1;

/** Places to learn from and to score, ascending. Of a class with one image, that is learnt from. */
export function holdOut(
  labels: Int32Array,
  classes: number,
  seed: number,
): { readonly learnt: Int32Array; readonly held: Int32Array } {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, place) => byClass[label]!.push(place));
  const held = new Set<number>();
  for (const [c, members] of byClass.entries()) {
    const order = deriveRandom(seed, 'sweep-held', c).permutation(members.length);
    const count = members.length > 1 ? Math.max(1, Math.round(HELD_SHARE * members.length)) : 0;
    for (const at of order.subarray(0, count)) held.add(members[at]!);
  }
  const places = Int32Array.from(labels.keys());
  return { learnt: places.filter((place) => !held.has(place)), held: places.filter((place) => held.has(place)) };
}

/** `score` gives the accuracy of a value on held-out images. Throws a user error when every value diverges. */
export async function chooseBySweep(
  values: readonly number[],
  score: (value: number) => Promise<number>,
): Promise<Pick<SweepResult, 'chosen' | 'tried'>> {
  const tried: { value: number; accuracy: number | null }[] = [];
  let best: { value: number; accuracy: number } | undefined;
  for (const value of values) {
    const accuracy = await score(value).catch((error: unknown) => {
      if (error instanceof UserError && error.code === 'numeric') return null;
      throw error;
    });
    tried.push({ value, accuracy });
    if (accuracy !== null && (!best || accuracy > best.accuracy)) best = { value, accuracy };
  }
  if (!best)
    throw new UserError(
      'numeric',
      `the probe diverges at every value of \`sweep\` (${values.join(', ')}); add smaller ones`,
    );
  return { chosen: best.value, tried };
}
