/** How many values fall into even parts of 0..1, with the mean, its interval and one value marked. Data and pixels only. */
import { axisBottom, max, scaleLinear, select } from 'd3';

export interface HistogramData {
  readonly title: string;
  /** What is counted along x. */
  readonly x: string;
  readonly counts: readonly number[];
  readonly mean: number;
  /** Half the width of its interval, where there is one. */
  readonly halfWidth?: number;
  /** A value on x. */
  readonly marked?: number;
  /** The chart in a sentence. */
  readonly description: string;
}

export interface Histogram {
  readonly node: SVGSVGElement;
  update(data: HistogramData, width: number): void;
}

const margin = { top: 26, right: 16, bottom: 34, left: 10 };
const HEIGHT = 150;

export function createHistogram(container: Element): Histogram {
  const svg = select(container).append('svg').attr('class', 'histogram').attr('role', 'img');
  const heading = svg.append('text').attr('class', 'chart-heading').attr('x', margin.left).attr('y', 13);
  const bars = svg.append('g');
  const axis = svg.append('g').attr('class', 'axis');
  const name = svg
    .append('text')
    .attr('text-anchor', 'middle')
    .attr('y', HEIGHT - 5);
  const band = svg.append('rect').attr('class', 'mean-band');
  const line = svg.append('line').attr('class', 'mean-line');
  const marker = svg.append('path').attr('class', 'marked-value').attr('d', 'M0,0l-5,-8h10z');
  return {
    node: svg.node()!,
    update: ({ title, x: label, counts, mean, halfWidth = 0, marked, description }, width) => {
      const x = scaleLinear([0, 1], [margin.left, width - margin.right]);
      const bottom = HEIGHT - margin.bottom;
      const y = scaleLinear([0, max(counts) || 1], [bottom, margin.top]);
      svg.attr('width', width).attr('height', HEIGHT).attr('aria-label', description);
      heading.text(title);
      axis.attr('transform', `translate(0,${bottom})`).call(axisBottom(x).ticks(5).tickSize(3));
      name.attr('x', (x(0) + x(1)) / 2).text(label);
      bars
        .selectAll<SVGRectElement, number>('rect')
        .data(counts)
        .join('rect')
        .attr('class', 'count-bar')
        .attr('x', (_, i) => x(i / counts.length) + 0.5)
        .attr('width', Math.max(0, x(1 / counts.length) - x(0) - 1))
        .attr('y', (count) => y(count))
        .attr('height', (count) => bottom - y(count));
      band
        .attr('x', x(Math.max(0, mean - halfWidth)))
        .attr('width', x(Math.min(1, mean + halfWidth)) - x(Math.max(0, mean - halfWidth)))
        .attr('y', margin.top)
        .attr('height', bottom - margin.top);
      line.attr('x1', x(mean)).attr('x2', x(mean)).attr('y1', margin.top).attr('y2', bottom);
      marker
        .attr('transform', `translate(${x(marked ?? 0)},${margin.top})`)
        .attr('display', marked === undefined ? 'none' : null);
    },
  };
}
