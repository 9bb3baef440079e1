/** The measures on screen at one layer: pretrainings down, measures across. */
import { formatMetric, formatMetricDifference, metricTitle } from '../../../src/shared/views/report/metrics';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { element } from '../../ui/element';
import { describeMeasure } from './words';

export interface LayerValues {
  readonly node: HTMLElement;
  draw(depths: readonly LayersDepth[], layer: string | undefined): void;
}

export function createLayerValues(): LayerValues {
  const caption = element('h2');
  const table = element('table', { class: 'depth-table layer-values' });
  const node = element('div', {}, caption, element('div', { class: 'table-scroll' }, table));
  let drawn = '';
  return {
    node,
    draw: (depths, layer) => {
      const lines = (depths[0]?.series ?? []).map(({ pretraining }) => [
        pretraining,
        ...depths.map((depth) => valueAt(depth, pretraining, layer)),
      ]);
      const head = ['pretraining', ...depths.map(describeMeasure)];
      const titles = depths.map(({ metric, baseline }) => metricTitle(metric, baseline !== undefined));
      const text = JSON.stringify([layer, head, titles, lines]);
      if (text === drawn) return;
      drawn = text;
      caption.textContent = `At ${layer ?? ''}`;
      const cells = head.map((name, k) =>
        element(
          'th',
          { scope: 'col', class: k > 0 ? 'number' : undefined, title: k > 0 ? titles[k - 1] : undefined },
          name,
        ),
      );
      const rows = lines.map(([name = '', ...values]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          ...values.map((value) => element('td', { class: 'number' }, value)),
        ),
      );
      table.replaceChildren(element('thead', {}, element('tr', {}, ...cells)), element('tbody', {}, ...rows));
    },
  };
}

function valueAt(
  { layers, series, metric, baseline }: LayersDepth,
  pretraining: string,
  layer: string | undefined,
): string {
  const place = layers.findIndex((one) => one.layer === layer);
  const cell = series.find((row) => row.pretraining === pretraining)?.points[place];
  if (!cell) return '–';
  return baseline === undefined ? formatMetric(metric, cell) : formatMetricDifference(metric, cell);
}
