/**
 * Pretrainings × transfers as an ARIA grid: below 34 em a name stands above its figures, else it is a table. Drawn with
 * keys, so that focus and scroll stay where they are when figures change.
 */
import { select, symbol } from 'd3';
import {
  isCostColumn,
  type CellState,
  type ResultsCell,
  type ResultsColumn,
  type ResultsRow,
  type ShownResults,
} from '../../../src/shared/protocol/panels/resultsPanel';
import { linkWords } from '../../../src/shared/protocol/panels/links';
import { seriesLook } from '../../charts/series';
import { createToggle } from '../../ui/choice';
import { element } from '../../ui/element';
import { createIcon, drawIcon } from '../../ui/icons';
import { followGridKeys, placeOf, sendSelection } from './gridKeys';
import type { Part, ResultsChannel } from './part';

export function createGrid(channel: ResultsChannel): Part {
  const stale = element('p', { class: 'stale-sentence' });
  const nothing = element('p', { class: 'quiet' }, 'The file has no pretrainings yet.');
  const head = element('div', { class: 'row head', role: 'row' }, createCorner());
  const body = element('div', { class: 'body', role: 'rowgroup' });
  const grid = element(
    'div',
    { class: 'grid', role: 'grid' },
    element('div', { class: 'heads', role: 'rowgroup' }, head),
    body,
  );
  const scroller = element('div', { class: 'grid-scroller' }, grid);
  let model: ShownResults | undefined;
  const keys = followGridKeys(grid, channel, (place) => model && activate(channel, model, place));
  grid.addEventListener('click', ({ target }) => {
    const place = placeOf(target);
    if (!place || !model) return;
    sendSelection(channel, place);
    const isIcon = target instanceof Element && target.closest('.icon-running') !== null;
    activate(channel, model, place, isIcon);
  });
  let shown: ShownResults | undefined;
  const costs = createToggle('Costs', (showsCosts) => {
    channel.saveView({ showsCosts });
    if (shown) draw(shown);
  });
  costs.node.title = 'Columns of what each pretraining cost';
  const draw = (plain: ShownResults): void => {
    shown = plain;
    const { showsCosts } = channel.view;
    const next = showsCosts ? withCosts(plain) : plain;
    model = next;
    costs.draw(showsCosts);
    costs.node.hidden = plain.costs === undefined;
    stale.textContent = next.stale ?? '';
    stale.hidden = next.stale === undefined;
    nothing.hidden = next.rows.length > 0;
    scroller.hidden = next.rows.length === 0;
    grid.setAttribute('aria-label', `Results of ${next.name} in percent: pretrainings by transfers`);
    grid.classList.toggle('with-costs', next !== plain);
    grid.style.setProperty('--columns', String(Math.max(1, next.columns.length)));
    drawHead(head, next);
    drawRows(body, next);
    drawHighlight(grid, next);
    keys.update(next);
  };
  return {
    node: element('section', { class: 'figures', 'aria-label': 'Results' }, stale, costs.node, scroller, nothing),
    draw,
  };
}

function withCosts(model: ShownResults): ShownResults {
  const { costs, columns, rows } = model;
  if (!costs) return model;
  return {
    ...model,
    columns: [...columns, ...costs.columns],
    rows: rows.map((row) => ({ ...row, cells: [...row.cells, ...(costs.cells[row.id] ?? [])] })),
  };
}

function createCorner(): HTMLElement {
  return element('div', { class: 'corner', role: 'columnheader' }, element('span', {}, 'Pretraining'));
}

function drawHead(head: HTMLElement, { columns, file }: ShownResults): void {
  select(head)
    .selectAll<HTMLElement, ResultsColumn>('.column')
    .data(columns, ({ id }) => id)
    .join((enter) => {
      const cell = enter.append('div').attr('class', 'column').attr('role', 'columnheader').attr('tabindex', -1);
      cell.append('span').attr('class', 'column-name');
      return cell;
    })
    .order()
    .attr('data-pretraining', '')
    .attr('data-transfer', ({ id }) => id)
    .classed('cost', ({ id }) => isCostColumn(id))
    .attr('data-vscode-context', ({ id, written }) =>
      isCostColumn(id) ? menuContext('none', {}) : menuContext('entry', { file, ids: [written], entry: id }),
    )
    .attr('title', ({ id, title }) => (isCostColumn(id) ? title : `${title}\n${linkWords.experiment}`))
    .attr('aria-label', ({ title }) => title)
    .select('.column-name')
    .text(({ short }) => short);
}

function drawRows(body: HTMLElement, { rows, file }: ShownResults): void {
  const drawn = select(body)
    .selectAll<HTMLElement, ResultsRow>('.row')
    .data(rows, ({ id }) => id)
    .join((enter) => enter.append(createRow))
    .order();
  drawn.each(function ({ id, written, look, state, fraction, isStale, title }) {
    const name = this.querySelector<HTMLElement>('.name')!;
    name.title = `${title}\n${linkWords.experiment}`;
    name.setAttribute('aria-label', title);
    name.dataset.pretraining = id;
    name.dataset.transfer = '';
    name.dataset.vscodeContext = menuContext('entry', { file, ids: [written], entry: id });
    const [head, tail] = splitName(id);
    name.querySelector('.name-head')!.textContent = head;
    name.querySelector('.name-tail')!.textContent = tail;
    const [icon, mark] = name.querySelectorAll<SVGSVGElement>('svg.icon');
    drawIcon(icon!, iconOf(state, isStale), fraction);
    drawMark(mark!, look);
  });
  drawn
    .selectAll<HTMLElement, ResultsCell>('.cell')
    .data(
      ({ id, cells }) => cells.map((cell) => ({ ...cell, pretraining: id, file })),
      ({ transfer }) => transfer,
    )
    .join((enter) => enter.append(createCell))
    .order()
    .each(function (cell) {
      drawCell(this, cell);
    });
}

/** Of a name that is too long the middle goes: those of one family differ at their ends. */
function splitName(name: string): [head: string, tail: string] {
  const tail = name.length > 24 ? 10 : 0;
  return [name.slice(0, name.length - tail), name.slice(name.length - tail)];
}

/** What there is, unless the file has moved on from it. */
function iconOf(state: CellState, isStale: boolean): string {
  return isStale && (state === 'done' || state === 'reused' || state === 'waiting') ? 'stale' : state;
}

function createRow(): HTMLElement {
  const text = [element('span', { class: 'name-head' }), element('span', { class: 'name-tail' })];
  const inner = element('div', { class: 'name-inner' }, createIcon(), createIcon(), ...text);
  inner.querySelectorAll('svg').forEach((svg) => svg.classList.add('icon'));
  return element(
    'div',
    { class: 'row', role: 'row' },
    element('div', { class: 'name', role: 'rowheader', tabindex: -1 }, inner),
  );
}

/** The marker that the pretraining has in every chart. */
function drawMark(svg: SVGSVGElement, look: number): void {
  if (svg.dataset.look === String(look)) return;
  svg.dataset.look = String(look);
  svg.setAttribute('class', 'icon mark');
  const { colour, symbol: shape } = seriesLook(look);
  const path = select(svg).selectAll('path').data([look]).join('path');
  path.attr('transform', 'translate(8,8)').attr('d', symbol(shape, 90)()).attr('fill', colour);
}

function createCell(): HTMLElement {
  const part = (name: string): HTMLElement => element('span', { class: name });
  const line = element('span', { class: 'value-line' }, part('value'), createIcon());
  const detail = element('span', { class: 'detail' }, createIcon(), part('count'), part('interval'), createIcon());
  for (const svg of [...line.querySelectorAll('svg'), ...detail.querySelectorAll('svg')]) svg.classList.add('icon');
  return element('div', { class: 'cell', role: 'gridcell', tabindex: -1 }, line, detail);
}

type DrawnCell = ResultsCell & { readonly pretraining: string; readonly file: string };

const invitations: Readonly<Record<ResultsCell['opens'], string>> = {
  transfer: '\nOpen its panel',
  run: '\nOpen the Run panel',
  log: '\nShow the log',
  nothing: '',
};

function drawCell(node: HTMLElement, cell: DrawnCell): void {
  const { pretraining, transfer, state, fraction, isBest, isStale, title, opens, target, file } = cell;
  node.dataset.pretraining = pretraining;
  node.dataset.transfer = transfer;
  node.title = `${title}${invitations[opens]}`;
  node.setAttribute('aria-label', title);
  node.classList.toggle('cost', isCostColumn(transfer));
  node.classList.toggle('best', isBest);
  node.classList.toggle('stale', isStale);
  node.classList.toggle('opens', opens !== 'nothing');
  node.dataset.vscodeContext =
    state === 'apart'
      ? menuContext('none', {})
      : menuContext('cell', {
          file,
          ids: [`${pretraining}/${transfer}`],
          of: { pretraining, measure: transfer },
          ...(target && { hasRun: true, target: { type: 'run', ...target } }),
        });
  const [best, icon, stale] = node.querySelectorAll<SVGSVGElement>('svg');
  drawIcon(best!, isBest ? 'best' : 'apart');
  const shown = iconOf(state, isStale);
  drawIcon(icon!, shown, fraction);
  drawIcon(stale!, isStale && shown !== 'stale' ? 'stale' : 'apart');
  for (const part of ['value', 'interval', 'count'] as const)
    node.querySelector(`.${part}`)!.textContent = cell[part] ?? '';
}

/** What VS Code hands to the commands of its context menu. */
function menuContext(section: string, values: object): string {
  return JSON.stringify({ webviewSection: section, preventDefaultContextMenuItems: true, ...values });
}

function drawHighlight(grid: HTMLElement, { highlight: { pretrainings, transfers } }: ShownResults): void {
  for (const node of grid.querySelectorAll<HTMLElement>('.name, .column, .cell')) {
    const { pretraining = '', transfer = '' } = node.dataset;
    const inRow = pretrainings.includes(pretraining);
    const inColumn = transfers.includes(transfer);
    // With both chosen the crossing is meant, and their names.
    const isCell = pretraining !== '' && transfer !== '';
    const isMeant = isCell && pretrainings.length > 0 && transfers.length > 0 ? inRow && inColumn : inRow || inColumn;
    node.classList.toggle('highlight', isMeant);
    node.setAttribute('aria-selected', String(isMeant));
  }
}

function activate(
  channel: ResultsChannel,
  { rows }: ShownResults,
  { pretraining, transfer }: { readonly pretraining: string; readonly transfer: string },
  isIcon = false,
): void {
  if (isCostColumn(transfer)) return;
  if (pretraining === '' || transfer === '') return channel.send({ type: 'reveal', id: pretraining || transfer });
  const row = rows.find(({ id }) => id === pretraining);
  const cell = row?.cells.find((one) => one.transfer === transfer);
  if (!cell?.target) return;
  const { target, opens } = cell;
  if (opens === 'run' || isIcon) channel.send({ type: 'openRun', target });
  else if (opens === 'log') channel.send({ type: 'showLog', target });
  else if (opens === 'transfer') channel.send({ type: 'openTransfer', target, pretraining, transfer });
}
