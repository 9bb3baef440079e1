/**
 * Three histograms over one axis: how alike views of one image, images of a class and images of different classes are. Each is
 * drawn as a share of its own pairs, since there are many more strangers than views. Knows data and pixels, no messages.
 */
import { axisBottom, scaleLinear, select } from 'd3';
import { likenessSorts, type CosineHistogram, type LikenessSort } from '../../src/shared/math/geometry/viewLikeness';

export const likenessNames: Readonly<Record<LikenessSort, string>> = {
  sameImage: 'one image, two views',
  sameClass: 'one class',
  otherClass: 'different classes',
};

export interface LikenessChartData {
  readonly histogram: CosineHistogram;
  /** Ends of the axis, the same for histograms that are compared. */
  readonly range: readonly [low: number, high: number];
  readonly label: string;
}

export interface LikenessChart {
  readonly node: SVGSVGElement;
  update(data: LikenessChartData, width: number): void;
}

const margin = { top: 6, right: 10, bottom: 22, left: 10 };
const HEIGHT = 104;

export function createLikenessChart(container: Element): LikenessChart {
  const svg = select(container)
    .append('svg')
    .attr('class', 'likeness-chart')
    .attr('role', 'img')
    .attr('height', HEIGHT);
  const axis = svg.append('g').attr('class', 'axis');
  const shapes = svg.append('g');
  return {
    node: svg.node()!,
    update: ({ histogram, range, label }, width) => {
      const [left, right] = [margin.left, Math.max(margin.left + 40, width - margin.right)];
      const [top, bottom] = [margin.top, HEIGHT - margin.bottom];
      const [low, high] = range[1] > range[0] ? range : [range[0] - 0.01, range[1] + 0.01];
      const x = scaleLinear([low, high], [left, right]);
      const shares = likenessSorts.map((sort) => sharesOf(histogram.counts[sort]));
      const y = scaleLinear([0, Math.max(1e-9, ...shares.flat())], [bottom, top]);
      svg.attr('width', width).attr('aria-label', label);
      axis.attr('transform', `translate(0,${bottom})`).call(
        axisBottom(x)
          .ticks(Math.max(2, Math.min(6, width / 80)))
          .tickSize(3),
      );
      const step = (histogram.high - histogram.low) / histogram.counts.sameImage.length;
      shapes
        .selectAll<SVGPathElement, number[]>('path')
        .data(shares)
        .join('path')
        .attr('class', (_, k) => `likeness-shape is-${likenessSorts[k]!}`)
        .attr('d', (bins) => outline(bins, (k) => x(histogram.low + k * step), { y, bottom }));
    },
  };
}

function sharesOf(counts: readonly number[]): number[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.map((count) => (sum > 0 ? count / sum : 0));
}

interface Heights {
  readonly y: (share: number) => number;
  readonly bottom: number;
}

/** Steps, closed along the foot. */
function outline(bins: readonly number[], edge: (k: number) => number, { y, bottom }: Heights): string {
  const steps = bins.map((share, k) => `V${round(y(share))}H${round(edge(k + 1))}`);
  return `M${round(edge(0))},${round(bottom)}${steps.join('')}V${round(bottom)}Z`;
}

function round(px: number): number {
  return Math.round(10 * px) / 10;
}
