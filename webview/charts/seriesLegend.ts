/** Which look belongs to which pretraining: a list that stands once beside any number of charts. */
import { select, symbol, type BaseType, type Selection } from 'd3';
import { seriesLook, type SeriesLook } from './series';

export interface SeriesLegend {
  /** Ids in the order of the charts' series. */
  update(pretrainings: readonly string[]): void;
  destroy(): void;
}

const swatch = { width: 30, height: 14 };

/** Adds one list to `container`. */
export function createSeriesLegend(container: Element): SeriesLegend {
  const list = select(container).append('ul').attr('class', 'series-legend');
  return {
    update(pretrainings) {
      list.selectAll('*').remove();
      const items = list.selectAll<HTMLLIElement, string>('li').data(pretrainings).join('li');
      drawSwatch(items, (_, i) => seriesLook(i));
      items.append('span').text((pretraining) => pretraining);
    },
    destroy: () => void list.remove(),
  };
}

/** Adds line and marker of a series to each element. */
export function drawSwatch<E extends Element, D, P extends BaseType, Q>(
  items: Selection<E, D, P, Q>,
  lookOf: (datum: D, index: number) => SeriesLook,
): void {
  const { width, height } = swatch;
  const svg = items.append('svg').attr('width', width).attr('height', height).attr('aria-hidden', 'true');
  svg.attr('viewBox', `0 0 ${width} ${height}`);
  const line = svg
    .append('path')
    .attr('class', 'line')
    .attr('d', `M0,${height / 2}H${width}`);
  line
    .attr('stroke', (datum, i) => lookOf(datum, i).colour)
    .attr('stroke-dasharray', (datum, i) => lookOf(datum, i).dash ?? null);
  const mark = svg
    .append('path')
    .attr('class', 'mark')
    .attr('d', (datum, i) => symbol(lookOf(datum, i).symbol, 44)());
  mark.attr('transform', `translate(${width / 2},${height / 2})`).attr('fill', (datum, i) => lookOf(datum, i).colour);
}
