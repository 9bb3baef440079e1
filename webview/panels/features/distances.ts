/** How far inversions are from their images: by update as curves, by model and layer as a table; both where the slider stands. */
import { createCurveChart } from '../../charts/curveChart';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { select } from 'd3';
import type { FeaturesView, InversionMeasure } from '../../../src/shared/protocol/panels/featuresPanel';
import { formatCount, formatMeasure } from '../../../src/shared/views/formatNumbers';
import { measureNames } from '../../../src/shared/views/features/featuresCells';
import { shortName } from '../../../src/shared/views/features/featuresGrid';
import {
  distanceTable,
  inversionCurves,
  isDistance,
  perceptualMeasure,
  perceptualWords,
  type InversionCurve,
} from '../../../src/shared/views/features/inversionFigures';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import type { Shown } from './shown';

export interface Distances {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** Of what is on screen. */
  chart(): SVGSVGElement | undefined;
}

/** px; of the marker, px². */
const swatch = { width: 26, height: 12, mark: 36 };

export function createDistances(change: (part: Partial<FeaturesView>) => void): Distances {
  const measure = createChoice('Measure', (value) => change({ measure: value as InversionMeasure }));
  const title = element('h2');
  const legend = element('ul', { class: 'curve-legend' });
  const plot = element('div', { class: 'plot', tabindex: 0, role: 'slider', 'aria-label': 'Iteration on the curves' });
  const chart = createCurveChart(plot);
  const table = element('table', { class: 'distances' });
  const scroll = element(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Distances' },
    table,
  );
  const words = element('p', { class: 'quiet note' });
  const caption = element('p', { class: 'quiet note' });
  const node = element('div', {}, measure.node, title, plot, legend, caption, scroll, words);
  let shown: Shown | undefined;
  let curves: InversionCurve[] = [];

  const moveTo = (step: number): void => {
    const all = shown?.study.iterations ?? [];
    const nearest = all.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), all[0] ?? 0);
    if (all.length > 0) change({ iteration: nearest });
  };
  plot.addEventListener('pointerdown', (event) => {
    plot.setPointerCapture(event.pointerId);
    moveTo(chart.stepAt(event.offsetX));
  });
  plot.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) moveTo(chart.stepAt(event.offsetX));
  });
  plot.addEventListener('keydown', (event) => {
    const steps = shown?.study.iterations ?? [];
    const now = iterationAt(shown);
    const at = steps.indexOf(now);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const step = steps[Math.min(steps.length - 1, Math.max(0, next))];
    if (step !== undefined) change({ iteration: step });
  });
  new ResizeObserver(() => drawChart()).observe(plot);

  return {
    node,
    draw: (next) => {
      shown = next;
      const { view, study, grid } = next;
      measure.draw(
        Object.entries(measureNames).map(([value, label]) => ({ value, label })),
        view.measure,
      );
      // Of one image when images are not all in sight.
      const image = grid.fixed === 'images' ? grid.at.image : undefined;
      curves = inversionCurves(study, {
        layer: grid.at.layer,
        measure: view.measure,
        ...(image && { image: image.key }),
      });
      const whose = image ? shortName(image.name) : 'mean of the images';
      title.textContent = `${measureNames[view.measure]} at ${grid.at.layer}, ${whose}`;
      drawLegend();
      drawChart();
      drawTable(table, next);
      caption.textContent = `After ${formatCount(iterationAt(next))} updates, mean and 95 % interval over the images; ${isDistance(view.measure) ? 'less' : 'more'} is closer to the image.`;
      const kind = view.measure === 'perceptual' ? perceptualMeasure(study) : undefined;
      words.textContent = kind === undefined ? '' : perceptualWords[kind];
    },
    chart: () => (curves.length > 0 ? chart.svg : undefined),
  };

  function drawLegend(): void {
    const items = select(legend)
      .selectAll<HTMLLIElement, InversionCurve>('li')
      .data(curves, ({ model }) => model)
      .join((enter) => {
        const item = enter.append('li');
        item.append('svg');
        item.append('span');
        return item;
      });
    drawSwatch(items, ({ look }) => seriesLook(look), swatch);
    items.select('span').text(({ model }) => model);
  }

  function drawChart(): void {
    if (!shown || plot.clientWidth === 0) return;
    const { view } = shown;
    const ends = curves.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0]);
    const isLog =
      (view.measure === 'loss' || view.measure === 'featureError') &&
      curves.every(({ y }) => y.every((value) => value > 0));
    chart.update({
      ...{ title: measureNames[view.measure], format: 'number', marks: [], isLog },
      lines: curves.map(({ model, look, x, y }) => ({
        ...{ id: model, label: model, colour: look, dash: 0 },
        raw: { x, y: y.map((value) => (Number.isFinite(value) ? value : null)) },
      })),
      range: { from: Math.min(...ends, 0), to: Math.max(...ends, 1) },
      width: Math.max(160, plot.clientWidth),
    });
    const step = iterationAt(shown);
    chart.read(step);
    plot.setAttribute('aria-valuemin', String(shown.study.iterations[0] ?? 0));
    plot.setAttribute('aria-valuemax', String(shown.study.iterations.at(-1) ?? 0));
    plot.setAttribute('aria-valuenow', String(step));
    plot.setAttribute(
      'aria-valuetext',
      `${formatCount(step)} updates: ${curves.map((one) => sayCurve(one, step)).join(', ')}`,
    );
  }
}

/** Where the slider stands. */
export function iterationAt(shown: Shown | undefined): number {
  const all = shown?.study.iterations ?? [];
  const wanted = shown?.view.iteration;
  return (wanted === undefined ? all.at(-1) : all.findLast((one) => one <= wanted)) ?? all[0] ?? 0;
}

function sayCurve({ model, x, y }: InversionCurve, step: number): string {
  const at = Math.max(
    0,
    x.findLastIndex((one) => one <= step),
  );
  return `${model} ${formatMeasure({ mean: y[at] ?? Number.NaN, halfWidth: undefined })}`;
}

function drawTable(table: HTMLElement, { study, view, grid }: Shown): void {
  const rows = distanceTable(study, view);
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Model'),
    ...study.layers.map(({ layer }) =>
      element(
        'th',
        { scope: 'col', class: `number${layer === grid.at.layer ? ' is-chosen' : ''}`, title: layer },
        layer,
      ),
    ),
  );
  const lines = rows.map(({ model, values }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', title: model }, model),
      ...values.map((value, i) =>
        element(
          'td',
          {
            class: `number${study.layers[i]!.layer === grid.at.layer ? ' is-chosen' : ''}`,
            title: value ? `mean of ${value.n} images` : 'not computed',
          },
          value ? formatMeasure(value) : '–',
        ),
      ),
    ),
  );
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
  showColumn(table);
}

/** The chosen layer's column is in sight. */
function showColumn(table: HTMLElement): void {
  const chosen = table.querySelector<HTMLElement>('.is-chosen');
  const frame = table.parentElement;
  if (!chosen || !frame) return;
  const { offsetLeft: left, offsetWidth: width } = chosen;
  // The models' names cover the left edge.
  const names = table.querySelector('th')?.offsetWidth ?? 0;
  if (left < frame.scrollLeft + names) frame.scrollLeft = left - names;
  else if (left + width > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = left + width - frame.clientWidth;
}
