/** The charts beside the table: parallel coordinates, and a metric against a setting. Brushing them filters the table as well. */
import type { CompareView } from '../../../src/shared/protocol/panels/comparePanel';
import {
  axisColumns,
  createParallelView,
  createPlotView,
  type ChartAxis,
  type ChartInput,
} from '../../../src/shared/views/compare/compareCharts';
import { drawParallelChart } from '../../charts/parallelChart';
import { drawParameterChart } from '../../charts/parameterChart';
import { seriesLook } from '../../charts/series';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import type { CompareActions, CompareState, Part } from './part';

/** An axis needs this much room for its words. */
const AXIS_PX = 110;
const LEAST_PX = { width: 280, height: 220 };

export function createCharts(actions: CompareActions): Part {
  const across = createChoice('Across', (plotX) => actions.change({ plotX }));
  const bar = element('div', { class: 'toolbar' }, across.node);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const room = element('div', { class: 'chart-room' }, svg);
  const nothing = element('p', { class: 'empty' });
  const legend = element('ul', { class: 'chart-legend' });
  const node = element('div', { class: 'compare-charts' }, bar, room, nothing, legend);
  let state: CompareState | undefined;
  const draw = (next: CompareState): void => {
    state = next;
    const input = chartInput(next);
    const isPlot = next.view.tab === 'plot';
    across.node.hidden = !isPlot;
    bar.hidden = !isPlot;
    const isDrawn = isPlot ? drawPlot(input, next) : drawParallel(input, next);
    room.hidden = !isDrawn;
    nothing.hidden = isDrawn;
    nothing.textContent = isPlot
      ? 'Nothing to plot: the metric or all settings are the same in these rows.'
      : 'Fewer than two columns vary in these rows. Choose others with Columns…';
    drawLegend(legend, next);
  };
  const sizeOf = (least: number): { width: number; height: number } => ({
    width: Math.max(LEAST_PX.width, least, room.clientWidth || node.clientWidth),
    height: Math.max(LEAST_PX.height, Math.min(520, window.innerHeight - 290)),
  });
  function setSize({ width, height }: { width: number; height: number }): void {
    svg.style.width = `${width}px`;
    svg.style.height = `${height}px`;
  }
  const choose = ({ id }: { readonly id: string }): void => actions.change({ current: id });

  function drawParallel(input: ChartInput, { view }: CompareState): boolean {
    const parallel = createParallelView(input);
    if (parallel.axes.length < 2) return false;
    const size = sizeOf(parallel.axes.length * AXIS_PX);
    setSize(size);
    const onBrush = (axis: ChartAxis, range: readonly [number, number] | undefined): void =>
      actions.change(brushed(view, [{ axis, range }]));
    drawParallelChart(svg, parallel, { ...size, brushes: brushesOf(view, parallel.axes), onBrush, onChoose: choose });
    svg.onkeydown = null;
    svg.removeAttribute('tabindex');
    svg.setAttribute('aria-label', 'Parallel coordinates');
    return true;
  }

  function drawPlot(input: ChartInput, { view }: CompareState): boolean {
    const plot = createPlotView(input, view.plotX);
    const options = axisColumns(input).filter(({ id }) => id !== view.metric);
    across.draw(
      options.map(({ id, name }) => ({ value: id, label: name })),
      plot?.x.id ?? '',
    );
    if (!plot) return false;
    const size = sizeOf(0);
    setSize(size);
    drawParameterChart(svg, plot, {
      ...size,
      onBrush: (x, y) =>
        actions.change(
          brushed(view, [
            { axis: plot.x, range: x },
            { axis: plot.y, range: y },
          ]),
        ),
      onChoose: choose,
      onOpen: ({ id }) => actions.send({ type: 'open', row: id, panel: 'best' }),
    });
    return true;
  }
  new ResizeObserver(() => state && !node.hidden && draw(state)).observe(node);
  return { node, draw };
}

/** Axes are made of all rows that other filters let through. */
function chartInput({ model, view, table, tableOf }: CompareState): ChartInput {
  const open = tableOf({ ...view, brushes: {}, valueFilters: {} });
  return { model, table: open, inside: new Set(table.shown), metric: view.metric, current: view.current };
}

/** A brush over words lets values through, one over numbers a range. */
function brushed(
  view: CompareView,
  changes: readonly { readonly axis: ChartAxis; readonly range: readonly [number, number] | undefined }[],
): Pick<CompareView, 'brushes' | 'valueFilters'> {
  const brushes = { ...view.brushes };
  const valueFilters = { ...view.valueFilters };
  for (const { axis, range } of changes) {
    delete brushes[axis.id];
    delete valueFilters[axis.id];
    if (!range) continue;
    if (axis.words.length === 0) brushes[axis.id] = range;
    else valueFilters[axis.id] = axis.words.filter((_, place) => place >= range[0] && place <= range[1]);
  }
  return { brushes, valueFilters };
}

function brushesOf(view: CompareView, axes: readonly ChartAxis[]): Record<string, readonly [number, number]> {
  const found: Record<string, readonly [number, number]> = {};
  for (const { id, words } of axes) {
    const range = view.brushes[id];
    const places = (view.valueFilters[id] ?? []).map((word) => words.indexOf(word)).filter((place) => place >= 0);
    if (range) found[id] = range;
    else if (places.length > 0) found[id] = [Math.min(...places) - 0.4, Math.max(...places) + 0.4];
  }
  return found;
}

const MOST_NAMES = 16;

function drawLegend(legend: HTMLElement, { model, table }: CompareState): void {
  const looks = new Map<string, number>();
  for (const row of table.shown) {
    const { pretraining, look } = model.rows[row]!;
    if (!looks.has(pretraining)) looks.set(pretraining, look);
  }
  const shown = [...looks].slice(0, MOST_NAMES).map(([name, look]) => {
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = seriesLook(look).colour;
    return element('li', { title: name }, swatch, element('span', {}, name));
  });
  const left = looks.size - MOST_NAMES;
  legend.replaceChildren(...shown, ...(left > 0 ? [element('li', { class: 'quiet' }, `and ${left} more`)] : []));
}
