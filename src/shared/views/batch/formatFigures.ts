/** How figures of tensors are written: few digits, the same for all sizes, and what is not finite by its name. */
import { formatReal } from '../weights/weightsRows';

/** Four digits that count; `NaN` and `∞` as such. */
export function formatFigure(value: number | undefined): string {
  if (value === undefined) return '';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '∞';
  return formatReal(value);
}

/** `3.1 ms`, `4.2 s`: an update takes either. */
export function formatStepTime(seconds: number): string {
  if (seconds < 1) return `${Number((1000 * seconds).toPrecision(2))} ms`;
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** `64 × 56 × 56`; `one number` where there is no side. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : shape.join(' × ');
}
