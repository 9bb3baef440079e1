/** From steps and values to px for a curve chart: the visible steps, and values so that all that is drawn fits. */
import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3';
import type { CurveFormat, ThinnedCurve } from '../../src/shared/views/run/thinnedCurve';

export interface StepRange {
  readonly from: number;
  readonly to: number;
}

export type ValueScale = ScaleContinuousNumeric<number, number>;

export function createStepScale({ from, to }: StepRange, width: number): ValueScale {
  return scaleLinear([from, to > from ? to : from + 1], [0, width]);
}

/** Lowest value at the bottom; a logarithmic scale has room for positive values only. */
export function createValueScale(
  curves: readonly ThinnedCurve[],
  range: StepRange,
  how: { readonly height: number; readonly isLog: boolean; readonly format: CurveFormat },
): ValueScale {
  let [low, high] = [Infinity, -Infinity];
  for (const { x, y } of curves) {
    y.forEach((value, i) => {
      if (value === null || x[i]! < range.from || x[i]! > range.to || (how.isLog && value <= 0)) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    });
  }
  const ends: [number, number] = [how.height, 0];
  if (how.isLog)
    return low <= high ? scaleLog([low, high > low ? high : 10 * low], ends).nice() : scaleLog([0.1, 1], ends);
  if (low > high) return scaleLinear([0, 1], ends);
  const room = high > low ? 0.06 * (high - low) : Math.abs(high) * 0.1 || 0.5;
  // Zero stays where nothing is below it.
  const floor = low >= 0 && low - room < 0 ? 0 : low - room;
  // A share cannot exceed 1.
  const isShare = how.format === 'share' && high <= 1;
  if (isShare && high === low) return scaleLinear([0, 1], ends);
  return scaleLinear([floor, isShare ? Math.min(1, high + room) : high + room], ends);
}

/** `12.5 %`, `0.0312`, `6.24`; for a rate three digits whatever its size. */
export function formatValue(value: number | null, format: CurveFormat): string {
  if (value === null) return 'not finite';
  if (format === 'share') return `${(100 * value).toFixed(1)} %`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2).replace('-', '−').replace('e+', 'e');
  return (size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)))).replace('-', '−');
}

/** Short enough for an axis. */
export function formatTick(value: number, format: CurveFormat): string {
  if (format === 'share') return `${Number((100 * value).toPrecision(4))}%`;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(0).replace('-', '−').replace('e+', 'e');
  return String(Number(value.toPrecision(6))).replace('-', '−');
}
