/** The layers of an update: outputs, dead units and gradients, as a chart over depth and as a list. Choosing one moves other panels. */
import { csvText, type CsvField } from '../../../src/shared/formats/csvText';
import type { LayerSort } from '../../../src/shared/protocol/panels/batchPanel';
import type { InspectedLayer } from '../../../src/shared/results/batchInspection';
import { depthFigures, type DepthFigure } from '../../../src/shared/views/batch/depthFigures';
import { formatFigure, formatShape } from '../../../src/shared/views/batch/formatFigures';
import { selectionOfLayer } from '../../../src/shared/views/batch/followBatch';
import { deadShare, describeLayer, layerName, layerValue } from '../../../src/shared/views/batch/tensorRows';
import { formatShareOfTensor } from '../../../src/shared/views/weights/weightsRows';
import { createDepthLines, type DepthLines } from '../../charts/depthLines';
import { histogramPath } from '../../charts/histogramChart';
import { createSeriesLegend } from '../../charts/seriesLegend';
import { element } from '../../ui/element';
import { rowPicture, type RowColumn } from '../../ui/rowList';
import type { BatchActions, BatchShown } from './part';
import { createTensorTab, type TensorRows, type TensorTab } from './tensorTab';

export function createLayersTab(actions: BatchActions): TensorTab {
  return createTensorTab<LayerSort>({
    ...{ thing: 'layer', actions, rowsOf, csvOf, above: createDepth() },
    onOrder: ({ session, view, inspection }, layers) => {
      actions.change({ layers });
      if (layers.chosen === view.layers.chosen) return;
      const layer = inspection.layers.find((one) => layerName(one) === layers.chosen);
      if (layer) actions.select(selectionOfLayer(session, layer));
    },
  });
}

function rowsOf({ inspection, first, view }: BatchShown): TensorRows<LayerSort> {
  const { layers } = inspection;
  const before = new Map((first?.layers ?? []).map((layer) => [layerName(layer), layer]));
  const at = (place: number): InspectedLayer => layers[place]!;
  const factsOf = (place: number) => describeLayer(at(place), before.get(layerName(at(place))));
  return {
    ...{ count: layers.length, order: view.layers, columns: columnsOf(layers, view.isLog) },
    nameOf: (place) => layerName(at(place)),
    valueOf: (place, sort) => layerValue(at(place), sort),
    describe: (place) =>
      factsOf(place)
        .map(({ label, value }) => `${label}: ${value}`)
        .join('\n'),
    mark: (place) => {
      const isBad = (layerValue(at(place), 'bad') ?? 0) > 0;
      return isBad ? 'bad' : deadShare(at(place)) >= 0.5 ? 'dead' : '';
    },
    detail: (place) => {
      const { activation, gradient } = at(place);
      const spreads = [{ name: 'Output', summary: activation }];
      if (gradient) spreads.push({ name: 'Gradient of the loss', summary: gradient });
      return { title: layerName(at(place)), facts: factsOf(place).slice(1), spreads, isLog: view.isLog };
    },
  };
}

function columnsOf(layers: readonly InspectedLayer[], isLog: boolean): RowColumn<LayerSort>[] {
  const figure = (sort: LayerSort, label: string, title: string): RowColumn<LayerSort> => ({
    ...{ id: sort, label, title, sort },
    text: (place) => formatFigure(layerValue(layers[place]!, sort)),
  });
  return [
    {
      ...{ id: 'name', label: 'layer', title: 'Layer, and which of its calls', sort: 'name', isName: true },
      text: (place) => layerName(layers[place]!),
    },
    { id: 'shape', label: 'output', title: 'Shape of its output', text: (place) => formatShape(layers[place]!.shape) },
    {
      ...{ id: 'histogram', label: 'spread', title: 'Histogram of its output' },
      path: (place) => histogramPath(layers[place]!.activation.histogram, rowPicture, isLog),
    },
    figure('mean', 'mean', 'Mean of its output'),
    figure('std', 'std', 'Standard deviation of its output'),
    {
      ...{ id: 'dead', label: 'dead', title: 'Share of its channels that are zero for the whole batch', sort: 'dead' },
      text: (place) => formatShareOfTensor(deadShare(layers[place]!)),
    },
    figure('gradient', 'gradient', 'Length of the loss’s gradient with respect to its output'),
    { ...figure('bad', 'NaN', 'Numbers of output and gradient that are NaN or infinite') },
  ];
}

function csvOf({ inspection }: BatchShown, places: readonly number[]): string {
  const header = ['layer', 'call', 'shape', 'mean', 'std', 'min', 'max', 'zeros', 'dead_units', 'units'];
  const lines = places.map((place): CsvField[] => {
    const { name, call, shape, activation, dead, gradient } = inspection.layers[place]!;
    const { mean, std, min, max, zeros, notFinite } = activation;
    const output = [mean, std, min, max, zeros, dead.units.length, dead.of];
    return [name, call, shape.join('x'), ...output, gradient?.norm ?? '', notFinite + (gradient?.notFinite ?? 0)];
  });
  return csvText([[...header, 'gradient_norm', 'not_finite'], ...lines]);
}

interface Chart {
  readonly frame: HTMLElement;
  readonly chart: DepthLines;
}

/** Both figures over depth, with a line about the layer that is pointed at. */
function createDepth(): { readonly node: HTMLElement; draw(shown: BatchShown, choose: (place: number) => void): void } {
  const legend = element('div', { class: 'depth-legend' });
  const names = createSeriesLegend(legend);
  const words = element('p', { class: 'quiet pointed', 'aria-hidden': 'true' });
  const frames = element('div', { class: 'depth-charts' });
  const node = element(
    'section',
    { class: 'depth', 'aria-label': 'Over depth' },
    frames,
    element('div', { class: 'depth-foot' }, legend, words),
  );
  const charts = new Map<DepthFigure, Chart>();
  let shown: BatchShown | undefined;
  let choose: (place: number) => void = () => undefined;
  let legendDrawn = '';
  let places: readonly number[] = [];
  new ResizeObserver(() => draw()).observe(frames);

  /** `at`: in the charts. */
  function say(at: number | undefined): void {
    const layer = at === undefined ? undefined : shown?.inspection.layers[places[at] ?? -1];
    words.textContent = layer
      ? `${layerName(layer)}: std ${formatFigure(layer.activation.std)}${layer.gradient ? `, gradient ${formatFigure(layer.gradient.norm)}` : ''}`
      : 'Point at a layer to read it, click to choose it.';
  }

  function draw(): void {
    if (!shown || frames.clientWidth === 0) return;
    const { inspection, first, view } = shown;
    const figures = depthFigures(inspection, first);
    places = figures[0]?.places ?? [];
    node.hidden = inspection.layers.length < 2 || figures.length === 0;
    const lines = figures[0]?.series.map(({ name }, look) => ({ name, look })) ?? [];
    if (JSON.stringify(lines) !== legendDrawn) names.update(lines);
    legendDrawn = JSON.stringify(lines);
    legend.hidden = lines.length < 2;
    for (const figure of ['std', 'gradient'] as const) {
      const data = figures.find((one) => one.figure === figure);
      const { frame, chart } = charts.get(figure) ?? createChart(figure);
      frame.hidden = !data;
      if (!data || node.hidden) continue;
      const chosen = data.layers.indexOf(view.layers.chosen ?? '');
      const label = `${data.title} of ${data.layers.length} layers on a logarithmic axis. The list has the same values.`;
      chart.update({ ...data, chosen: chosen < 0 ? undefined : chosen, label }, frame.clientWidth);
    }
    say(undefined);
  }

  function createChart(figure: DepthFigure): Chart {
    const frame = element('div', { class: 'depth-frame' });
    frames.append(frame);
    const made = { frame, chart: createDepthLines(frame, { onPoint: say, onChoose: (at) => choose(places[at]!) }) };
    charts.set(figure, made);
    return made;
  }

  return {
    node,
    draw: (next, onChoose) => {
      [shown, choose] = [next, onChoose];
      draw();
    },
  };
}
