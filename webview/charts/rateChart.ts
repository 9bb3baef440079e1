/** Curves of shares: precision over recall or score, examples below an error. Knows data and pixels, no messages. */
import { axisBottom, axisLeft, line, scaleLinear, select, symbol } from 'd3';
import { seriesLook } from './series';

export interface RateSeries {
  readonly id: string;
  readonly look: number;
  /** x from 0, y in 0..1; NaN breaks the line. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Marks at the points, for few of them. */
  readonly hasMarks: boolean;
}

export interface RateChartData {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly RateSeries[];
  /** y = x as a thin line. */
  readonly hasDiagonal: boolean;
  /** Where x ends; default 1. */
  readonly xMax?: number;
  /** An x that is marked by a line. */
  readonly markedX?: number;
  /** What the chart shows, in a sentence. */
  readonly description: string;
}

export interface RateChart {
  readonly node: SVGSVGElement;
  update(data: RateChartData, width: number): void;
}

const margin = { top: 22, right: 16, bottom: 34, left: 40 };

export function createRateChart(container: Element): RateChart {
  const svg = select(container).append('svg').attr('class', 'rates').attr('role', 'img');
  const heading = svg.append('text').attr('class', 'chart-heading').attr('x', margin.left).attr('y', 13);
  const axes = { x: svg.append('g').attr('class', 'axis'), y: svg.append('g').attr('class', 'axis') };
  const diagonal = svg.append('line').attr('class', 'diagonal');
  const marker = svg.append('line').attr('class', 'marked-x');
  const names = {
    x: svg.append('text').attr('text-anchor', 'middle'),
    y: svg.append('text').attr('text-anchor', 'middle'),
  };
  return {
    node: svg.node()!,
    update: ({ title, series, description, hasDiagonal, xMax = 1, markedX, ...labels }, width) => {
      const height = Math.round(Math.min(240, 0.7 * width + 30));
      const x = scaleLinear([0, xMax], [margin.left, width - margin.right]);
      const y = scaleLinear([0, 1], [height - margin.bottom, margin.top]);
      svg.attr('width', width).attr('height', height).attr('aria-label', description);
      heading.text(title);
      axes.x.attr('transform', `translate(0, ${height - margin.bottom})`).call(axisBottom(x).ticks(5).tickSize(3));
      axes.y.attr('transform', `translate(${margin.left}, 0)`).call(axisLeft(y).ticks(5).tickSize(3));
      names.x
        .attr('x', (x(0) + x(xMax)) / 2)
        .attr('y', height - 5)
        .text(labels.x);
      names.y.attr('transform', `translate(11, ${(y(0) + y(1)) / 2}) rotate(-90)`).text(labels.y);
      diagonal
        .attr('x1', x(0))
        .attr('x2', x(xMax))
        .attr('y1', y(0))
        .attr('y2', y(1))
        .attr('display', hasDiagonal ? null : 'none');
      marker
        .attr('x1', x(markedX ?? 0))
        .attr('x2', x(markedX ?? 0))
        .attr('y1', y(0))
        .attr('y2', y(1))
        .attr('display', markedX === undefined ? 'none' : null);
      const path = line<readonly [number, number]>(
        ([at]) => x(at),
        ([, value]) => y(value),
      ).defined(([, value]) => !Number.isNaN(value));
      svg
        .selectAll<SVGPathElement, RateSeries>('path.rate')
        .data(series, ({ id }) => id)
        .join('path')
        .attr('class', 'rate')
        .attr('fill', 'none')
        .attr('stroke', ({ look }) => seriesLook(look).colour)
        .attr('stroke-dasharray', (_, i) => (i === 0 ? null : '6 3'))
        .attr('d', ({ points }) => path(points));
      const marks = series.flatMap((one) => (one.hasMarks ? one.points.map((point) => ({ one, point })) : []));
      svg
        .selectAll<SVGPathElement, (typeof marks)[number]>('path.rate-mark')
        .data(marks.filter(({ point }) => !Number.isNaN(point[1])))
        .join('path')
        .attr('class', 'rate-mark')
        // The second is dashed and hollow: both may be of one pretraining, which has one colour and marker.
        .attr('fill', ({ one }) => (one === series[0] ? seriesLook(one.look).colour : 'none'))
        .attr('stroke', ({ one }) => seriesLook(one.look).colour)
        .attr('d', ({ one }) => symbol(seriesLook(one.look).symbol, 36)())
        .attr('transform', ({ point: [at, value] }) => `translate(${x(at)}, ${y(value)})`);
    },
  };
}
