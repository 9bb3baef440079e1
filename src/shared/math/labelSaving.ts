/**
 * How many labels a pretraining saves. With n labels it scores a; the baseline's curve, linear in the logarithm of the labels
 * between its measured points, reaches a first at n′ labels: the saving is the factor n′ / n. Over seeds, each against the
 * baseline of the same seed, factors are averaged as logarithms: their mean is the geometric one, their Student interval
 * becomes one of factors.
 */
import { meanInterval } from './statistics';

export interface LabelPoint {
  /** Labelled images, above 0. */
  readonly labels: number;
  /** Higher is better. */
  readonly score: number;
}

export interface LabelSaving {
  /** Geometric mean of n′ / n; 4 means a quarter of the labels does. Below 1 the baseline needs fewer. */
  readonly factor: number;
  /** 95 % interval; absent with fewer than two seeds, and where a bound is all there is. */
  readonly low?: number;
  readonly high?: number;
  /** `atLeast`, `atMost`: in some seed the baseline was better or worse everywhere, so that its curve ends before n′. */
  readonly bound?: 'atLeast' | 'atMost';
  readonly seeds: number;
}

interface Reached {
  readonly labels: number;
  readonly bound?: 'atLeast' | 'atMost';
}

/** Where the baseline first reaches a score. `curve`: at least one point, by growing number of labels. */
export function labelsForScore(curve: readonly LabelPoint[], score: number): Reached {
  const first = curve[0]!;
  if (first.score >= score) return { labels: first.labels, ...(first.score > score && { bound: 'atMost' }) };
  for (let i = 1; i < curve.length; i++) {
    const [before, after] = [curve[i - 1]!, curve[i]!];
    if (after.score < score) continue;
    const share = (score - before.score) / (after.score - before.score);
    return { labels: before.labels * Math.exp(share * Math.log(after.labels / before.labels)) };
  }
  return { labels: curve.at(-1)!.labels, bound: 'atLeast' };
}

/** One pair for each seed: the point of the pretraining, and the baseline's curve. Undefined without pairs, or where bounds contradict. */
export function labelSaving(
  pairs: readonly { readonly point: LabelPoint; readonly baseline: readonly LabelPoint[] }[],
): LabelSaving | undefined {
  if (pairs.length === 0) return undefined;
  const reached = pairs.map(({ point, baseline }) => ({ ...labelsForScore(baseline, point.score), of: point.labels }));
  const bounds = new Set(reached.flatMap(({ bound }) => bound ?? []));
  if (bounds.size > 1) return undefined;
  const [bound] = bounds;
  const { n, mean, halfWidth } = meanInterval(reached.map(({ labels, of }) => Math.log(labels / of)));
  if (bound !== undefined) return { factor: Math.exp(mean), bound, seeds: n };
  const interval = halfWidth !== undefined && { low: Math.exp(mean - halfWidth), high: Math.exp(mean + halfWidth) };
  return { factor: Math.exp(mean), ...interval, seeds: n };
}
