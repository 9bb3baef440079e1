/** Channels put in order by what they do, and which of them are kept. */
import { channelOrders, type ChannelOrder } from '../../results/activations';
import type { ChannelSummary } from './channelScan';

/**
 * Channels that vary, best first, by each order; equal ones by number. `likeness`: correlation with the channel of another model
 * that answers most alike, [channels]; without it there is no `difference`, and without classes no `selectivity`.
 */
export function orderChannels(
  summaries: readonly ChannelSummary[],
  likeness?: ArrayLike<number>,
): Partial<Record<ChannelOrder, number[]>> {
  const live = summaries.flatMap(({ varies }, channel) => (varies ? [channel] : []));
  const scores: Record<ChannelOrder, (channel: number) => number> = {
    meanPeak: (channel) => summaries[channel]!.meanPeak,
    mean: (channel) => summaries[channel]!.mean,
    selectivity: (channel) => summaries[channel]!.selectivity,
    difference: (channel) => (likeness ? 1 - likeness[channel]! : NaN),
  };
  const orders: Partial<Record<ChannelOrder, number[]>> = {};
  for (const order of channelOrders) {
    const known = live.filter((channel) => !Number.isNaN(scores[order](channel)));
    if (known.length > 0 || order === 'meanPeak')
      orders[order] = known.sort((a, b) => scores[order](b) - scores[order](a) || a - b);
  }
  return orders;
}

/** Up to `most` channels, ascending: the best of every order, then the second best, and so on; the first ones where none varies. */
export function keepBest(orders: Partial<Record<ChannelOrder, readonly number[]>>, most: number): number[] {
  const lists = Object.values(orders);
  const kept = new Set<number>();
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let rank = 0; rank < longest; rank++) {
    for (const channel of lists.flatMap((list) => list[rank] ?? [])) if (kept.size < most) kept.add(channel);
  }
  if (kept.size === 0) kept.add(0);
  return [...kept].sort((a, b) => a - b);
}
