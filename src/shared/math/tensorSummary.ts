/** Figures of the numbers of one tensor, and which of its channels are dead. */
import type { TensorSummary } from '../results/batchInspection';
import { emptyExtent, Spread, widen } from '../weights/tensorStatistics';

/**
 * Mean, population deviation σ, extent, Euclidean length √(n (σ² + mean²)), zeros and a histogram. Numbers that are not finite
 * are counted and left out of the rest, which is 0 where no number is finite.
 */
export function summarise(values: Float32Array): TensorSummary {
  const extent = emptyExtent();
  widen(extent, values);
  const { nan, infinite, finite } = extent;
  const counts = { count: values.length, notFinite: nan + infinite };
  if (finite === 0) return { ...counts, mean: 0, std: 0, min: 0, max: 0, norm: 0, zeros: 0, histogram: [] };
  const spread = new Spread(extent);
  spread.add(values);
  const { mean, std, min, max, bins } = spread.finish();
  const norm = Math.sqrt(finite * (std * std + mean * mean));
  return { ...counts, mean, std, min, max, norm, zeros: extent.zeros / values.length, histogram: bins };
}

/** Channels, the last axis of values [.., channels], that are exactly zero everywhere. */
export function deadChannels(values: Float32Array, channels: number): number[] {
  const isAlive = new Uint8Array(channels);
  let alive = 0;
  for (let from = 0; from < values.length && alive < channels; from += channels)
    for (let c = 0; c < channels; c++)
      if (values[from + c] !== 0 && isAlive[c] === 0) {
        isAlive[c] = 1;
        alive++;
      }
  return Array.from(isAlive.keys()).filter((c) => isAlive[c] === 0);
}
