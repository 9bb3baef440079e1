/** Which look belongs to which pretraining: a list that stands once beside any number of charts. */
import { select, symbol } from 'd3';
import { seriesLook } from './series';

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
      const items = list.selectAll('li').data(pretrainings).join('li');
      const { width, height } = swatch;
      const svg = items.append('svg').attr('width', width).attr('height', height).attr('aria-hidden', 'true');
      svg.attr('viewBox', `0 0 ${width} ${height}`);
      const line = svg
        .append('path')
        .attr('class', 'line')
        .attr('d', `M0,${height / 2}H${width}`);
      line
        .attr('stroke', (_, i) => seriesLook(i).colour)
        .attr('stroke-dasharray', (_, i) => seriesLook(i).dash ?? null);
      const mark = svg
        .append('path')
        .attr('class', 'mark')
        .attr('d', (_, i) => symbol(seriesLook(i).symbol, 44)());
      mark.attr('transform', `translate(${width / 2},${height / 2})`).attr('fill', (_, i) => seriesLook(i).colour);
      items.append('span').text((pretraining) => pretraining);
    },
    destroy: () => void list.remove(),
  };
}
