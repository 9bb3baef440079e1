/** How the numbers of a tensor are spread: counts in intervals of equal width. Knows data and pixels, no messages. */
import { axisBottom, axisLeft, scaleLinear, scaleSymlog, select } from 'd3';

export interface HistogramData {
  /** Counts from `min` to `max`, in intervals of equal width. */
  readonly bins: readonly number[];
  readonly min: number;
  readonly max: number;
  /** Logarithmic counts, with 0 at the foot. */
  readonly isLog: boolean;
  readonly label: string;
}

export interface HistogramChart {
  readonly node: SVGSVGElement;
  update(data: HistogramData, width: number): void;
}

const margin = { top: 8, right: 12, bottom: 24, left: 46 };
const HEIGHT = 170;

export function createHistogramChart(container: Element): HistogramChart {
  const svg = select(container).append('svg').attr('class', 'histogram').attr('role', 'img').attr('height', HEIGHT);
  const axes = { x: svg.append('g').attr('class', 'axis'), y: svg.append('g').attr('class', 'axis') };
  const zero = svg.append('line').attr('class', 'zero-line');
  const bars = svg.append('path').attr('class', 'bars');
  return {
    node: svg.node()!,
    update: ({ bins, min, max, isLog, label }, width) => {
      const [left, right] = [margin.left, Math.max(margin.left + 40, width - margin.right)];
      const [top, bottom] = [margin.top, HEIGHT - margin.bottom];
      // One value alone stands in the middle.
      const room = max > min ? 0 : Math.abs(min) * 0.1 || 1;
      const x = scaleLinear([min - room, max + room], [left, right]);
      const most = Math.max(1, ...bins);
      const y = isLog ? scaleSymlog([0, most], [bottom, top]) : scaleLinear([0, most], [bottom, top]);
      svg.attr('width', width).attr('aria-label', label);
      axes.x.attr('transform', `translate(0, ${bottom})`).call(
        axisBottom(x)
          .ticks(Math.max(2, width / 90))
          .tickSize(3),
      );
      const ticks = isLog ? powersOfTen(most) : y.ticks(4).filter(Number.isInteger);
      axes.y
        .attr('transform', `translate(${left}, 0)`)
        .call(axisLeft(y).tickValues(ticks).tickFormat(shortCount).tickSize(3));
      const isZeroInside = min <= 0 && max >= 0;
      zero
        .attr('x1', x(0))
        .attr('x2', x(0))
        .attr('y1', top)
        .attr('y2', bottom)
        .attr('display', isZeroInside ? null : 'none');
      const edge = (k: number): number =>
        max > min ? x(min + (k * (max - min)) / bins.length) : left + (0.45 + 0.1 * k) * (right - left);
      bars.attr('d', bins.map((count, k) => bar(edge(k), edge(k + 1), bottom, y(count))).join(''));
    },
  };
}

/** A path of the same shape in a box, without axes: for a row of a list. */
export function histogramPath(
  bins: readonly number[],
  { width, height }: { width: number; height: number },
  isLog: boolean,
): string {
  const level = (count: number): number => (isLog ? Math.log1p(count) : count);
  const most = Math.max(1e-9, ...bins.map(level));
  // One value alone is a narrow bar in the middle.
  const step = bins.length > 1 ? width / bins.length : width / 12;
  const left = (width - step * bins.length) / 2;
  return bins
    .map((count, k) => bar(left + k * step, left + (k + 1) * step, height, height * (1 - level(count) / most)))
    .join('');
}

/** Where something is, it is seen. */
function bar(from: number, to: number, foot: number, head: number): string {
  if (head >= foot) return '';
  const top = Math.min(head, foot - 1);
  return `M${round(from)},${round(foot)}V${round(top)}H${round(to)}V${round(foot)}Z`;
}

function powersOfTen(most: number): number[] {
  const ticks = [0];
  for (let count = 1; count <= most; count *= 10) ticks.push(count);
  const step = Math.ceil((ticks.length - 1) / 4);
  return ticks.filter((_, k) => k === 0 || (k - 1) % step === 0);
}

function shortCount(count: number | { valueOf(): number }): string {
  const value = count.valueOf();
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : String(value);
}

function round(px: number): number {
  return Math.round(10 * px) / 10;
}
