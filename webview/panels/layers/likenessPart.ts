/** Histograms of how alike images are at the layer that is looked at, a row for each pretraining over one axis. */
import type { LayersLikeness, LayersPretraining } from '../../../src/shared/protocol/panels/layersPanel';
import { likenessSorts } from '../../../src/shared/math/geometry/viewLikeness';
import { createLikenessChart, likenessNames, type LikenessChart } from '../../charts/likenessChart';
import { element, keepChildren } from '../../ui/element';
import { currentLayer } from './layerSlider';
import type { Looking } from './looking';

export interface LikenessPart {
  readonly node: HTMLElement;
  draw(likeness: LayersLikeness | undefined, shown: readonly LayersPretraining[]): void;
  mark(): void;
}

interface Row {
  readonly node: HTMLElement;
  readonly name: HTMLElement;
  readonly chart: LikenessChart;
}

export function createLikenessPart(looking: Looking): LikenessPart {
  const heading = element('h2');
  const key = element('p', { class: 'quiet likeness-legend' }, ...likenessSorts.flatMap(keyOf));
  const list = element('div', { class: 'likeness-rows' });
  const node = element(
    'section',
    { class: 'likeness-part', 'aria-label': 'Histograms' },
    element('div', { class: 'part-head' }, heading),
    key,
    list,
  );
  const rows = new Map<string, Row>();
  let series: LayersLikeness['series'] = [];
  let width = 0;
  const redraw = (): void => {
    const layers = series[0]?.layers.map(({ layer }) => layer) ?? [];
    const layer = currentLayer(looking, layers);
    if (layer === undefined || width === 0) return;
    heading.textContent = `Cosines at ${layer}`;
    const found = series.flatMap(({ pretraining, seed, layers: own }) => {
      const histogram = own.find((one) => one.layer === layer);
      return histogram ? [{ pretraining, seed, histogram }] : [];
    });
    const range = [
      Math.min(...found.map(({ histogram }) => histogram.low)),
      Math.max(...found.map(({ histogram }) => histogram.high)),
    ] as const;
    for (const { pretraining, seed, histogram } of found) {
      const { chart, name } = rows.get(pretraining)!;
      name.textContent = `${pretraining}, seed ${seed}`;
      chart.update({ histogram, range, label: `How alike images are at ${layer} of ${pretraining}` }, width);
    }
  };
  new ResizeObserver(() => {
    if (list.clientWidth === width || list.clientWidth === 0) return;
    width = list.clientWidth;
    redraw();
  }).observe(list);
  return {
    node,
    draw: (likeness, shown) => {
      const ids = new Set(shown.map(({ id }) => id));
      series = likeness?.series.filter(({ pretraining }) => ids.has(pretraining)) ?? [];
      for (const { pretraining } of series) if (!rows.has(pretraining)) rows.set(pretraining, createRow());
      keepChildren(
        list,
        series.map(({ pretraining }) => rows.get(pretraining)!.node),
      );
      width = list.clientWidth || width;
      redraw();
    },
    mark: redraw,
  };
}

function createRow(): Row {
  const name = element('div', { class: 'quiet' });
  const frame = element('div');
  return { node: element('div', { class: 'likeness-row' }, name, frame), name, chart: createLikenessChart(frame) };
}

function keyOf(sort: (typeof likenessSorts)[number]): (Node | string)[] {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('width', '22');
  svg.setAttribute('height', '12');
  svg.setAttribute('aria-hidden', 'true');
  const box = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ x: 1, y: 1, width: 20, height: 10, class: `likeness-key is-${sort}` }))
    box.setAttribute(name, String(value));
  svg.append(box);
  return [element('span', { class: 'likeness-entry' }, svg, likenessNames[sort])];
}
