/** The frame of charts that reports draw once without a browser: an svg that scales, its title and words, and the plot inside. */
import { select } from 'd3';
import type { Group } from './depthAxes';

/** In px. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export interface StillChart<View> {
  readonly node: SVGSVGElement;
  update(view: View): void;
  destroy(): void;
}

export interface StillChartOptions<View> {
  /** Class of the svg. */
  readonly name: string;
  readonly margin: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };
  readonly title: (view: View) => string;
  /** The chart in words, for screen readers. */
  readonly describe: (view: View) => string;
  /** `size`: of the plot, without margins. */
  readonly draw: (plot: Group, view: View, size: ChartSize) => void;
}

/** Adds one svg of the given size to `container`; it scales with it. */
export function createStillChart<View>(
  container: Element,
  size: ChartSize,
  { name, margin, title, describe, draw }: StillChartOptions<View>,
): StillChart<View> {
  const svg = select(container)
    .append('svg')
    .attr('class', name)
    .attr('viewBox', `0 0 ${size.width} ${size.height}`)
    .attr('role', 'img');
  return {
    node: svg.node()!,
    update(view) {
      svg.selectAll('*').remove();
      svg.append('title').text(title(view));
      svg.append('desc').text(describe(view));
      const plot = svg.append('g').attr('transform', `translate(${margin.left},${margin.top})`) as Group;
      draw(plot, view, {
        width: size.width - margin.left - margin.right,
        height: size.height - margin.top - margin.bottom,
      });
    },
    destroy: () => void svg.remove(),
  };
}
