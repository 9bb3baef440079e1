/**
 * A curve of a few characters' height: how a training goes, at one glance, without axes. It fills the width of its
 * container; lowest and highest value touch bottom and top. Knows data and pixels, no messages.
 */
import { extent, line, scaleLinear, select } from 'd3';
import { seriesLook } from './series';

export interface SparklineData {
  /** Step and value, in the order of steps. */
  readonly points: readonly (readonly [step: number, value: number])[];
  /** Place of the pretraining in its experiment: its colour in every chart. */
  readonly look: number;
  /** The curve in words. */
  readonly label: string;
}

export interface Sparkline {
  update(data: SparklineData): void;
  destroy(): void;
}

/** Of the drawing's own coordinates, which are stretched; lines keep their width. */
const size = { width: 100, height: 24, margin: 3 };

export function createSparkline(container: Element): Sparkline {
  const svg = select(container)
    .append('svg')
    .attr('class', 'sparkline')
    .attr('viewBox', `0 0 ${size.width} ${size.height}`)
    .attr('preserveAspectRatio', 'none')
    .attr('role', 'img');
  const curve = svg
    .append('path')
    .attr('class', 'line')
    .attr('fill', 'none')
    .attr('vector-effect', 'non-scaling-stroke');
  const end = svg.append('path').attr('class', 'end').attr('fill', 'none').attr('vector-effect', 'non-scaling-stroke');
  return {
    update({ points, look, label }) {
      svg.attr('aria-label', label);
      const { colour, dash } = seriesLook(look);
      const [first = 0, last = 1] = extent(points, ([step]) => step);
      const [low = 0, high = 1] = extent(points, ([, value]) => value);
      const x = scaleLinear([first, last], [size.margin, size.width - size.margin]);
      const y = scaleLinear([low, high], [size.height - size.margin, size.margin]);
      const drawn = line<readonly [number, number]>(
        ([step]) => round(x(step)),
        ([, value]) => round(y(value)),
      );
      curve.attr('stroke', colour).attr('stroke-dasharray', dash ?? null);
      curve.attr('d', points.length > 1 ? drawn(points) : null);
      const newest = points.at(-1);
      // A line of no length with round ends is a dot that stretching leaves round.
      end.attr('stroke', colour).attr('d', newest ? `M${round(x(newest[0]))},${round(y(newest[1]))}h0` : null);
    },
    destroy: () => void svg.remove(),
  };
}

function round(px: number): number {
  return Math.round(100 * px) / 100;
}
