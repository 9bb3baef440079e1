/** One metric: heading, what it means, the chart, remarks, and the same as a table and as files. */
import { select } from 'd3';
import type { CurveChart as ChartModel, Remark } from '../../../src/shared/protocol/panels/runPanel';
import { createCurveChart, nearest, type CurveMark, type CurveView, type DrawnLine } from '../../charts/curveChart';
import { listenToGestures } from '../../charts/curveGestures';
import { element } from '../../ui/element';
import { saveChart } from './chartExport';
import { drawSummaryTable } from './curveTable';
import type { GridState } from './curveGrid';
import { selectHappenings } from './happenings';
import { createReading } from './reading';

export interface ChartCard {
  readonly element: HTMLElement;
  update(model: ChartModel): void;
  draw(): void;
  /** `isHere`: the pointer or focus is on this card, which then tells the values. */
  read(step: number | undefined, isHere: boolean): void;
}

const levelTexts = { info: '', warning: 'Warning: ', error: 'Problem: ' } as const;

export function createChartCard(metric: string, state: GridState): ChartCard {
  const id = `chart-${metric.replaceAll(/\W/g, '-')}`;
  const { channel } = state;
  const title = element('h3', { id: `${id}-title` });
  const log = element('button', { type: 'button', class: 'small', title: 'Logarithmic axis' }, 'log');
  const table = element(
    'button',
    {
      type: 'button',
      class: 'small',
      title: 'Show as a table',
      'aria-expanded': false,
      'aria-controls': `${id}-table`,
    },
    'table',
  );
  const svg = element('button', { type: 'button', class: 'small', title: 'Export as SVG' }, 'SVG');
  const png = element('button', { type: 'button', class: 'small', title: 'Export as PNG' }, 'PNG');
  const csv = element('button', { type: 'button', class: 'small', title: 'Export all values as CSV' }, 'CSV');
  const plot = element('div', {
    class: 'plot',
    tabindex: 0,
    role: 'img',
    'aria-labelledby': `${id}-title`,
    'aria-describedby': `${id}-text`,
  });
  const reading = createReading();
  const remarks = element('ul', { class: 'remarks' });
  const text = element('p', { class: 'explanation quiet', id: `${id}-text` });
  const values = element('div', { class: 'values', id: `${id}-table`, hidden: true });
  const head = element('div', { class: 'head' }, title, element('span', { class: 'tools' }, log, table, svg, png, csv));
  const stage = element('div', { class: 'stage' }, plot, reading.element);
  const card = element('figure', { class: 'card', 'data-metric': metric }, head, stage, remarks, text, values);
  const chart = createCurveChart(plot);
  let model: ChartModel | undefined;
  let read: number | undefined;

  const lines = (): DrawnLine[] => drawnLines(model, state);
  const draw = (): void => {
    if (!model) return;
    const isLog = channel.view.logarithmic.includes(metric);
    log.setAttribute('aria-pressed', String(isLog));
    chart.update({ ...viewOf(model, state), lines: lines(), isLog, width: Math.max(160, plot.clientWidth) });
    if (!values.hidden) drawSummaryTable(values, { title: model.title, format: model.format, lines: lines() });
  };
  log.addEventListener('click', () => {
    const others = channel.view.logarithmic.filter((one) => one !== metric);
    const isLog = others.length === channel.view.logarithmic.length;
    channel.saveView({ logarithmic: isLog ? [...others, metric] : others });
    draw();
  });
  table.addEventListener('click', () => {
    values.hidden = !values.hidden;
    table.setAttribute('aria-expanded', String(!values.hidden));
    draw();
  });
  for (const [button, kind] of [
    [svg, 'svg'],
    [png, 'png'],
  ] as const)
    button.addEventListener(
      'click',
      () => void saveChart({ chart, name: metric, title: model?.title ?? metric, lines: lines(), kind }, channel),
    );
  csv.addEventListener('click', () => channel.send({ type: 'exportCsv', metric }));
  listenToGestures({
    element: plot,
    range: () => state.range(),
    full: () => state.full(),
    stepAt: (px) => nearestStep(lines(), chart.stepAt(px)),
    reading: () => read,
    neighbour: (step, direction) => neighbourStep(lines(), step ?? state.range().from, direction),
    select: (from, to) => chart.select(from, to),
    onRange: (range) => state.onRange(range),
    onRead: (step) => {
      state.onRead(step, metric);
      if (step !== undefined && document.activeElement === plot) state.announce(reading.text());
    },
  });
  return {
    element: card,
    draw,
    update: (next) => {
      model = next;
      title.textContent = next.title;
      title.title = next.metric;
      text.textContent = next.explanation;
      drawRemarks(remarks, next.remarks);
      for (const [button, what] of [
        [log, 'log axis'],
        [table, 'as a table'],
        [svg, 'export as SVG'],
        [png, 'export as PNG'],
        [csv, 'export as CSV'],
      ] as const)
        button.setAttribute('aria-label', `${next.title}: ${what}`);
    },
    read: (step, isHere) => {
      read = step;
      chart.read(step);
      if (!model || step === undefined || !isHere) return reading.hide();
      const marks = marksOf(state).filter((mark) => mark.step === step);
      reading.show({
        step,
        format: model.format,
        lines: lines(),
        marks,
        perEpoch: state.series().find(({ stepsPerEpoch }) => stepsPerEpoch !== undefined)?.stepsPerEpoch,
      });
      reading.place(chart.pxOf(step), plot.clientWidth);
    },
  };
}

function viewOf(model: ChartModel, state: GridState): Pick<CurveView, 'title' | 'format' | 'marks' | 'range'> {
  return { title: model.title, format: model.format, marks: marksOf(state), range: state.range() };
}

function drawnLines(model: ChartModel | undefined, state: GridState): DrawnLine[] {
  const { hidden } = state.channel.view;
  const byId = new Map(state.series().map((series) => [series.id, series]));
  return (model?.lines ?? []).flatMap(({ series: id, raw, smooth }) => {
    const series = byId.get(id);
    if (!series || hidden.includes(id)) return [];
    const { label, colour, dash, pretraining } = series;
    const isMarked = pretraining === state.marked();
    return [{ id, label, colour, dash, isMarked, raw, ...(smooth && { smooth }) }];
  });
}

function marksOf(state: GridState): CurveMark[] {
  return selectHappenings(state.series().filter(({ id }) => !state.channel.view.hidden.includes(id)));
}

function drawRemarks(list: HTMLElement, remarks: readonly Remark[]): void {
  const items = select(list).selectAll('li').data(remarks).join('li');
  items.attr('class', ({ level }) => level).text(({ level, text }) => `${levelTexts[level]}${text}`);
}

function nearestStep(lines: readonly DrawnLine[], at: number): number {
  let best = at;
  let distance = Infinity;
  for (const { raw } of lines) {
    const step = raw.x[nearest(raw.x, at)];
    if (step === undefined || Math.abs(step - at) >= distance) continue;
    best = step;
    distance = Math.abs(step - at);
  }
  return best;
}

function neighbourStep(lines: readonly DrawnLine[], step: number, direction: -1 | 1): number | undefined {
  const steps = lines.flatMap(({ raw }) => raw.x.filter((x) => (direction > 0 ? x > step : x < step)));
  if (steps.length === 0) return undefined;
  return steps.reduce((a, b) => (direction > 0 ? Math.min(a, b) : Math.max(a, b)));
}
