/**
 * The numbers beside the chart: pretrainings down, layers across. One stop of the Tab key; arrow keys move between cells,
 * Enter on a name shows it in the file, on a layer sorts by it, on a value chooses it. Rows and cells are joined by their
 * ids, so that a new model moves neither focus nor scroll.
 */
import { select, type Selection } from 'd3';
import type { LayerPlace, LayersModel, LayersSort } from '../../../src/shared/protocol/panels/layersPanel';
import { judgementMarks } from '../../../src/shared/views/report/describeTransfer';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import {
  sortRows,
  type LayersCell,
  type LayersDepth,
  type LayersRow,
} from '../../../src/shared/views/layers/layersDepth';
import { formatMetric, formatMetricDifference, metricKind } from '../../../src/shared/views/report/metrics';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { element } from '../../ui/element';
import { listenForLinks, type Links } from '../../ui/linkMenu';
import { followCells, keepFocus } from './gridFocus';
import type { Looking } from './looking';
import { describePoint } from './tooltip';
import { describeTransferMetric } from './words';

export interface DepthTable {
  readonly node: HTMLElement;
  draw(model: LayersModel, view: LayersDepth, sort: LayersSort | undefined): void;
  mark(): void;
}

export interface DepthTableOptions {
  readonly looking: Looking;
  readonly onSort: (sort: LayersSort) => void;
  readonly onReveal: (pretraining: string) => void;
  readonly linksOf: (pretraining: string | undefined, measure: string) => Links | undefined;
}

/** One column of values. */
interface Cell {
  readonly row: LayersRow;
  readonly layer: string;
  readonly cell: LayersCell | undefined;
}

type Heads = Selection<HTMLTableCellElement, LayerPlace, HTMLElement, unknown>;

export function createDepthTable(options: DepthTableOptions): DepthTable {
  const { looking, onReveal } = options;
  const caption = element('caption', { class: 'for-screen-readers' });
  const headRow = element('tr');
  const body = element('tbody');
  const table = element('table', { role: 'grid', class: 'depth-table' }, caption, element('thead', {}, headRow), body);
  const node = element('div', { class: 'table-scroll' }, table);
  let shown: LayersDepth | undefined;
  let sorted: LayersSort | undefined;
  const sortBy = (column: string): void => {
    const best = shown?.isLowerBetter !== true;
    // The best first, names from A; once more turns it round.
    const isDescending = sorted?.column === column ? !sorted.isDescending : column !== '' && best;
    options.onSort({ column, isDescending });
  };
  followCells(table, {
    onEnter: (cell) => looking.hover(markOf(cell)),
    onLeave: () => looking.hover({}),
    onEscape: () => looking.choose({ pretraining: null, layer: null }),
    onPress: (cell) => {
      const { row, layer } = cell.dataset;
      if (cell.tagName === 'TD' && row !== undefined && layer !== undefined && shown)
        looking.choose({ pretraining: row, layer, transfer: shown.transfer });
    },
  });
  listenForLinks(table, (target) => {
    const row = target.closest<HTMLElement>('tbody td, tbody th')?.dataset.row;
    return shown && options.linksOf(row, shown.transfer);
  });
  return {
    node,
    draw: (model, view, sort) => {
      shown = view;
      sorted = sort;
      caption.textContent = `${describeTransferMetric(view)} by layer, ${view.transfer}`;
      keepFocus(table, () => {
        drawHeads(headRow, { view, sort, sortBy });
        drawRows(body, { model, view, rows: sortRows(view, sort), onReveal });
      });
    },
    mark: () => markCells(table, shown, looking),
  };
}

function markOf({ dataset }: HTMLElement): { pretraining?: string | undefined; layer?: string | undefined } {
  return { pretraining: dataset.row || undefined, layer: dataset.layer || undefined };
}

interface HeadOptions {
  readonly view: LayersDepth;
  readonly sort: LayersSort | undefined;
  readonly sortBy: (column: string) => void;
}

function drawHeads(headRow: HTMLElement, { view, sort, sortBy }: HeadOptions): void {
  const names: LayerPlace = { layer: '', depth: 0, dimension: 0 };
  const heads = select(headRow)
    .selectAll<HTMLTableCellElement, LayerPlace>('th')
    .data([names, ...view.layers], ({ layer }) => layer)
    .join((enter) => {
      const made = enter.append('th').attr('scope', 'col');
      const button = made.append('button').attr('type', 'button').attr('class', 'plain');
      button.append('span').attr('class', 'name');
      button.append('span').attr('class', 'arrow').attr('aria-hidden', 'true');
      return made;
    })
    .order() as unknown as Heads;
  heads.classed('number', ({ layer }) => layer !== '').attr('data-layer', ({ layer }) => layer);
  heads.attr('aria-sort', ({ layer }) =>
    sort?.column !== layer ? 'none' : sort.isDescending ? 'descending' : 'ascending',
  );
  const buttons = heads.select<HTMLButtonElement>('button').on('click', (_, { layer }) => sortBy(layer));
  buttons.attr('title', ({ layer, dimension, depth }) =>
    layer === ''
      ? 'Sort by name'
      : `${layer}: ${dimension > 0 ? `${formatCount(dimension)} features, ` : ''}depth ${depth.toFixed(2)}. Press to sort.`,
  );
  buttons.select('.name').text(({ layer }) => (layer === '' ? 'pretraining' : layer));
  buttons.select('.arrow').text(({ layer }) => (sort?.column !== layer ? '' : sort.isDescending ? '↓' : '↑'));
}

interface RowOptions {
  readonly model: LayersModel;
  readonly view: LayersDepth;
  readonly rows: readonly LayersRow[];
  readonly onReveal: (pretraining: string) => void;
}

function drawRows(body: HTMLElement, { model, view, rows, onReveal }: RowOptions): void {
  const made = new Map(model.pretrainings.map((pretraining) => [pretraining.id, pretraining]));
  const lines = select(body)
    .selectAll<HTMLTableRowElement, LayersRow>('tr')
    .data(rows, ({ pretraining }) => pretraining)
    .join((enter) => {
      const row = enter.append('tr');
      const head = row
        .append('th')
        .attr('scope', 'row')
        .attr('data-row', ({ pretraining }) => pretraining);
      const button = head.append('button').attr('type', 'button').attr('class', 'plain');
      drawSwatch(button, ({ look }) => seriesLook(look));
      button
        .append('span')
        .attr('class', 'name')
        .text(({ pretraining }) => pretraining);
      head.append('span').attr('class', 'remark');
      return row;
    })
    .order();
  const buttons = lines
    .select<HTMLButtonElement>('th button')
    .on('click', (_, { pretraining }) => onReveal(pretraining));
  buttons.attr('title', ({ pretraining }) => {
    const origin = made.get(pretraining)?.origin ?? '';
    return `${pretraining}: ${origin}.${model.hasFile ? ' Press to see it in the experiment file.' : ''}`;
  });
  const remarks = lines.select('th .remark').classed('is-quiet', ({ pretraining }) => pretraining === view.baseline);
  remarks.text((row) => {
    if (row.pretraining === view.baseline) return 'baseline';
    return made.get(row.pretraining)?.isStale ? 'changed since' : '';
  });
  const cells = lines
    .selectAll<HTMLTableCellElement, Cell>('td')
    .data(
      (row) => view.layers.map(({ layer }, i): Cell => ({ row, layer, cell: row.points[i] })),
      ({ layer }) => layer,
    )
    .join((enter) => {
      const cell = enter.append('td').attr('class', 'number');
      for (const part of ['verdict', 'mean', 'interval', 'for-screen-readers']) cell.append('span').attr('class', part);
      return cell;
    })
    .order();
  drawCells(cells, view, model.seeds.length);
}

function drawCells(
  cells: Selection<HTMLTableCellElement, Cell, HTMLTableRowElement, LayersRow>,
  view: LayersDepth,
  seeds: number,
): void {
  const format = view.baseline === undefined ? formatMetric : formatMetricDifference;
  const textOf = ({ row, cell }: Cell): [string, string] => {
    if (!cell) return ['–', ''];
    if (row.pretraining === view.baseline) return ['0', ''];
    const [mean = '', interval] = format(view.metric, cell).split(' ± ');
    return [mean, interval === undefined ? '' : ` ± ${interval}`];
  };
  cells.attr('data-row', ({ row }) => row.pretraining).attr('data-layer', ({ layer }) => layer);
  cells
    .classed('is-best', ({ cell }) => cell?.isBest === true)
    .classed('is-few', ({ cell }) => !!cell && cell.n < seeds);
  cells.attr('title', ({ row, layer }) => describePoint(view, { pretraining: row.pretraining, layer }).join('\n'));
  const isMarked = ({ row }: Cell): boolean => view.baseline !== undefined && row.pretraining !== view.baseline;
  cells.attr('data-verdict', (one) => (isMarked(one) ? (one.cell?.verdict ?? null) : null));
  cells.select('.verdict').text((one) => (isMarked(one) && one.cell?.verdict ? judgementMarks[one.cell.verdict] : ''));
  cells.select('.mean').text((one) => textOf(one)[0]);
  cells.select('.interval').text((one) => textOf(one)[1]);
  cells.select('.for-screen-readers').text(({ cell }) => {
    const remarks = [cell?.isBest ? 'best' : '', cell && cell.n < seeds ? `${cell.n} seeds` : ''];
    return remarks
      .filter((remark) => remark !== '')
      .map((remark) => `, ${remark}`)
      .join('');
  });
}

function markCells(table: HTMLElement, view: LayersDepth | undefined, { hovered, chosen }: Looking): void {
  const isHere = chosen.transfer === undefined || chosen.transfer === view?.transfer;
  const rowOf = hovered.pretraining ?? chosen.pretraining;
  const layerOf = hovered.layer ?? (hovered.pretraining === undefined ? chosen.layer : undefined);
  select(table)
    .selectAll<HTMLElement, unknown>('tbody tr')
    .classed('is-marked', function () {
      return this.querySelector<HTMLElement>('th')?.dataset.row === rowOf;
    });
  select(table)
    .selectAll<HTMLElement, unknown>('td, thead th')
    .classed('is-marked', function () {
      return layerOf !== undefined && this.dataset.layer === layerOf;
    })
    .filter('td')
    .attr('aria-selected', function () {
      const { row, layer } = this.dataset;
      return String(isHere && row === chosen.pretraining && layer === chosen.layer && row !== undefined);
    });
}

/** Whether scores of a metric stand in percent, for the note below the table. */
export function tableUnit({ metric, baseline }: LayersDepth): string {
  const { isShare, unit } = metricKind(metric);
  if (isShare) return baseline === undefined ? 'In percent' : 'In percentage points';
  return unit === undefined ? 'Without unit' : `In ${unit}`;
}
