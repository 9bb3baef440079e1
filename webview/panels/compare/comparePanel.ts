/** The Compare panel: its parts, and the state that they draw. Sorting, filtering and comparing happen here, without the host. */
import type { CompareIntent, CompareModel, CompareView } from '../../../src/shared/protocol/panels/comparePanel';
import type { PanelSelection } from '../../../src/shared/protocol/panels/selection';
import { rowOfSelection, selectionOfRow } from '../../../src/shared/views/compare/followCompare';
import { changeSelection } from '../../../src/shared/views/selection/linkedSelection';
import { createCompareTables, type CompareTable } from '../../../src/shared/views/compare/compareTable';
import { formatCount, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { createTabs } from '../../ui/tabs';
import { createCharts } from './charts';
import { createDetail } from './detail';
import { createFilters } from './filters';
import { createGrid } from './grid';
import type { CompareActions, CompareState } from './part';
import { createTableButtons, createToolbar } from './toolbar';

type Channel = PanelChannel<CompareIntent, CompareView>;

const tabs = [
  { id: 'table', label: 'Table', title: 'All results, a row each' },
  { id: 'parallel', label: 'Parallel', title: 'A line for each result over axes of settings and metrics' },
  { id: 'plot', label: 'Plot', title: 'A metric against a setting' },
];

export function createComparePanel(channel: Channel): PanelDrawing<CompareModel> {
  let model: CompareModel | undefined;
  let makeTable: ((view: CompareView) => CompareTable) | undefined;
  let state: CompareState | undefined;
  let selection: PanelSelection = {};
  const announce = createAnnouncer();
  const actions: CompareActions = {
    state: () => state,
    change: (view) => {
      channel.saveView(view);
      draw();
      const row = view.current === undefined ? undefined : model?.rows.find(({ id }) => id === view.current);
      if (!row) return;
      const change = selectionOfRow(row);
      selection = changeSelection(selection, change);
      channel.select(change);
    },
    send: (intent) => channel.send(intent),
    save: (file) => channel.save(file),
    mark: (row, change) => {
      const out = model?.rows[row ?? 0]?.out;
      if (out !== undefined) channel.send({ type: 'mark', out, change });
    },
  };
  const choose = createTabs('Compare', 'compare-view', (id) => actions.change({ tab: id as CompareView['tab'] }));
  const toolbar = createToolbar(actions);
  const filters = createFilters(actions, createTableButtons(actions));
  const grid = createGrid(actions, { scroll: channel.view.scroll, onScroll: (scroll) => channel.saveView({ scroll }) });
  const charts = createCharts(actions);
  const detail = createDetail(actions);
  const summary = element('p', { class: 'quiet summary' });
  const problems = element('ul', { class: 'problems' });
  const empty = element('p', { class: 'empty' });
  const viewNode = element(
    'div',
    { id: 'compare-view', class: 'compare-view', role: 'tabpanel' },
    grid.node,
    charts.node,
  );
  const head = element('div', { class: 'compare-head' }, choose.node, filters.node, toolbar.node, summary, problems);
  const shown = element('div', { class: 'compare' }, head, empty, viewNode, detail.node);
  const root = panelRoot();
  const failed = element('p', { class: 'problem', role: 'alert' });
  root.replaceChildren(element('p', { class: 'empty' }, 'Reading runs …'));

  function draw(): void {
    if (!model || !makeTable) return;
    const view = channel.view;
    const table = makeTable(view);
    state = { model, view, table, tableOf: makeTable };
    if (shown.parentNode !== root) root.replaceChildren(shown);
    choose.draw(tabs, view.tab);
    viewNode.setAttribute('aria-label', view.tab);
    toolbar.draw(state);
    filters.draw(state);
    summary.textContent = summarise(state);
    problems.replaceChildren(...[...table.problems, ...model.problems].map((text) => element('li', {}, text)));
    empty.textContent = model.reading
      ? 'Reading runs …'
      : 'No run here has a result yet. Run an experiment, then its results stand here.';
    empty.hidden = model.rows.length > 0;
    viewNode.hidden = model.rows.length === 0;
    grid.node.hidden = view.tab !== 'table';
    charts.node.hidden = view.tab === 'table';
    if (view.tab === 'table') grid.draw(state);
    else charts.draw(state);
    detail.draw(state);
    announce(summary.textContent);
  }
  return {
    draw: (next) => {
      model = next;
      makeTable = createCompareTables(next);
      draw();
    },
    follow: (news) => {
      selection = changeSelection(selection, news);
      const current = rowOfSelection(model?.rows ?? [], selection, channel.view.current);
      if (current === undefined) return;
      channel.saveView({ current });
      draw();
    },
    fail: (message) => {
      failed.textContent = `Runs cannot be compared: ${message}`;
      root.replaceChildren(failed);
    },
  };
}

function summarise({ model: { rows, runs, reading }, table }: CompareState): string {
  const { shown, baseline } = table;
  const parts = [
    shown.length === rows.length
      ? formatNumberOf(rows.length, 'row')
      : `${formatCount(shown.length)} of ${formatNumberOf(rows.length, 'row')}`,
    `of ${formatNumberOf(runs, 'run')}`,
  ];
  const base = baseline === undefined ? '' : ` · baseline: ${table.nameOf(baseline)}`;
  const progress = reading
    ? ` · reading ${formatCount(reading.done)} of ${formatNumberOf(reading.total, 'run')} …`
    : '';
  return `${parts.join(' ')}${base}${progress}`;
}
