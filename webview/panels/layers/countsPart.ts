/** The chart across labels or steps, in the place of the one across layers, with the labels saved and its numbers as a table. */
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { formatMetric, metricTitle } from '../../../src/shared/views/report/metrics';
import type { LayersCounts } from '../../../src/shared/views/layers/layersCounts';
import { createCountCurveChart } from '../../charts/countCurveChart';
import { element } from '../../ui/element';

export interface CountsPart {
  readonly node: HTMLElement;
  /** Undefined hides it. */
  draw(view: LayersCounts | undefined): void;
  picture(): SVGSVGElement | undefined;
}

const sizes = { wide: { width: 560, height: 340 }, narrow: { width: 310, height: 260 } };

export function createCountsPart(): CountsPart {
  const place = element('div', { class: 'counts-chart' });
  const savings = element('ul', { class: 'readings' });
  const table = element('table', { class: 'depth-table' });
  const numbers = element(
    'details',
    {},
    element('summary', {}, 'Numbers'),
    element('div', { class: 'counts-scroll' }, table),
  );
  const nothing = element('p', { class: 'quiet' }, 'Nothing was measured here at this layer.');
  const node = element('div', {}, place, nothing, savings, numbers);
  let isNarrow = false;
  let chart = createCountCurveChart(place, sizes.wide);
  let drawn = '';
  return {
    node,
    picture: () => (node.hidden ? undefined : chart.node),
    draw: (view) => {
      node.hidden = view === undefined;
      const text = JSON.stringify(view);
      if (!view || text === drawn) return;
      drawn = text;
      const hasSeries = view.series.length > 0;
      place.hidden = numbers.hidden = !hasSeries;
      nothing.hidden = hasSeries;
      savings.replaceChildren(...view.savings.map((sentence) => element('li', {}, sentence)));
      if (!hasSeries) return;
      // Letters shrink with the drawing, so that a narrow panel has a smaller one.
      if (place.clientWidth < 440 !== isNarrow) {
        isNarrow = !isNarrow;
        chart.destroy();
        chart = createCountCurveChart(place, isNarrow ? sizes.narrow : sizes.wide);
      }
      chart.update(view);
      table.replaceChildren(...rowsOf(view));
    },
  };
}

function rowsOf({ series, counted, metric }: LayersCounts): HTMLElement[] {
  const counts = [...new Set(series.flatMap(({ points }) => points.map(({ count }) => count)))].sort((a, b) => a - b);
  const heads = counts.map((count) =>
    element('th', { scope: 'col', class: 'number' }, `${formatCount(Math.round(count))} ${counted}`),
  );
  const rows = series.map(({ pretraining, points }) => {
    const cells = counts.map((count) => {
      const point = points.find((one) => one.count === count);
      return element('td', { class: 'number' }, point ? formatMetric(metric, point) : '–');
    });
    return element('tr', {}, element('th', { scope: 'row' }, pretraining), ...cells);
  });
  const corner = element('th', { scope: 'col' }, metricTitle(metric));
  return [element('thead', {}, element('tr', {}, corner, ...heads)), element('tbody', {}, ...rows)];
}
