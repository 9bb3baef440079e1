/** Which look belongs to which pretraining: a list that stands once beside any number of charts. */
import { select, symbol, type BaseType, type Selection } from 'd3';
import { seriesLook, type SeriesLook } from './series';

/** `look`: as in the charts. */
export interface LegendSeries {
  readonly name: string;
  readonly look: number;
}

export interface SeriesLegend {
  update(entries: readonly LegendSeries[]): void;
  destroy(): void;
}

/** px; of the marker, px². */
const swatch = { width: 30, height: 14, mark: 44 };

/** Adds one list to `container`. */
export function createSeriesLegend(container: Element): SeriesLegend {
  const list = select(container).append('ul').attr('class', 'series-legend');
  return {
    update(entries) {
      list.selectAll('*').remove();
      const items = list.selectAll<HTMLLIElement, LegendSeries>('li').data(entries).join('li');
      drawSwatch(items, ({ look }) => seriesLook(look));
      items.append('span').text(({ name }) => name);
    },
    destroy: () => void list.remove(),
  };
}

/** Draws line and marker of a series in each element: in the `<svg>` it has, else in a new one. Widths and heights in px. */
export function drawSwatch<E extends Element, D, P extends BaseType, Q>(
  items: Selection<E, D, P, Q>,
  lookOf: (datum: D, index: number) => SeriesLook,
  { width, height, mark: area }: { width: number; height: number; mark: number } = swatch,
): void {
  items.each(function (datum, index) {
    const { colour, dash, symbol: shape } = lookOf(datum, index);
    const svg = select<E, unknown>(this).selectAll<SVGSVGElement, number>('svg').data([0]).join('svg');
    svg
      .attr('width', width)
      .attr('height', height)
      .attr('aria-hidden', 'true')
      .attr('viewBox', `0 0 ${width} ${height}`);
    const [line, mark] = ['line', 'mark'].map((name) =>
      svg.selectAll<SVGPathElement, number>(`.${name}`).data([0]).join('path').attr('class', name),
    );
    line!
      .attr('d', `M0,${height / 2}H${width}`)
      .attr('stroke', colour)
      .attr('stroke-dasharray', dash ?? null);
    mark!
      .attr('d', symbol(shape, area)())
      .attr('transform', `translate(${width / 2},${height / 2})`)
      .attr('fill', colour);
  });
}

/** Line, marker and name of a series inside a picture to be saved, around y = 0. */
export function appendPictureEntry(
  place: SVGGElement,
  name: string,
  { colour, dash, symbol: shape }: SeriesLook,
): void {
  const entry = select(place);
  entry
    .append('path')
    .attr('class', 'line')
    .attr('d', `M0,0H${swatch.width}`)
    .attr('stroke', colour)
    .attr('stroke-dasharray', dash ?? null);
  entry
    .append('path')
    .attr('class', 'mark')
    .attr('fill', colour)
    .attr('d', symbol(shape, swatch.mark)())
    .attr('transform', `translate(${swatch.width / 2},0)`);
  entry
    .append('text')
    .attr('x', swatch.width + 8)
    .attr('dy', '0.32em')
    .text(name);
}
