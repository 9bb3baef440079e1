/**
 * Label budgets of low-shot and semi-supervised transfers: the same share of every class (at least one image), or so many of
 * each. The images of a class come in one random order for each seed, so that a smaller budget is a part of every larger one
 * and curves over budgets compare like with like. Left out: the fixed 1 % and 10 % lists of ImageNet, which are data (`list`).
 */
import type { LabelBudget } from '../../shared/experiment/transferSchema';
import { deriveRandom } from '../../shared/random';

/** Places in `labels` ([count], in 0..classes-1) that may be learnt from, ascending. */
export function takeBudget(
  labels: ArrayLike<number>,
  { classes, budget, seed }: { readonly classes: number; readonly budget: LabelBudget; readonly seed: number },
): Int32Array {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (let place = 0; place < labels.length; place++) byClass[labels[place]!]!.push(place);
  const chosen = byClass.flatMap((members, c) => {
    const order = deriveRandom(seed, 'label-budget', c).permutation(members.length);
    return [...order.subarray(0, budgetSize(members.length, budget))].map((at) => members[at]!);
  });
  return Int32Array.from(chosen).sort();
}

/** How many of a class's images a budget allows. */
export function budgetSize(images: number, budget: LabelBudget): number {
  if (typeof budget !== 'string') return Math.min(images, budget.perClass);
  if (images === 0) return 0;
  return Math.max(1, Math.round((images * Number.parseFloat(budget)) / 100));
}
