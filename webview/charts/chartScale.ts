/** Scales of axes that are of numbers or of words; data and pixels only. */
import { scaleLinear, type ScaleLinear } from 'd3';
import type { ChartAxis } from '../../src/shared/views/compare/compareCharts';

export interface AxisTick {
  readonly at: number;
  readonly label: string;
}

/** Words stand at whole numbers, with half a place of room around them. */
export function axisScale(
  { words, domain: [low, high] }: ChartAxis,
  range: readonly [number, number],
): ScaleLinear<number, number> {
  const room = words.length > 0 ? 0.5 : 0.04 * (high - low);
  return scaleLinear([low - room, high + room], range);
}

export function axisTicks({ words }: ChartAxis, scale: ScaleLinear<number, number>, count: number): AxisTick[] {
  if (words.length > 0) return words.map((label, at) => ({ at, label: shorten(label) }));
  const format = scale.tickFormat(count);
  return scale.ticks(count).map((at) => ({ at, label: format(at) }));
}

const MOST_LETTERS = 18;

/** Of a name that is too long the end stays: those of one family differ there. */
export function shorten(text: string, most = MOST_LETTERS): string {
  return text.length <= most ? text : `…${text.slice(1 - most)}`;
}
