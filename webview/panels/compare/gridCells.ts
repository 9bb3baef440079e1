/** Draws rows of the table: those that are wanted are there afterwards, others are gone; elements are kept by key. */
import { select, symbol } from 'd3';
import type { CompareLine } from '../../../src/shared/views/compare/compareOrder';
import { describeComparison } from '../../../src/shared/views/compare/compareTable';
import { seriesLook } from '../../charts/series';
import { element } from '../../ui/element';
import { createIcon, drawIcon } from '../../ui/icons';
import { stick } from './gridHead';
import type { CompareState } from './part';

export interface DrawnLine {
  readonly line: CompareLine;
  /** Of a pinned row another one than of the same row below. */
  readonly key: string;
  /** Among all lines, the pinned ones first. */
  readonly at: number;
}

export interface CellDrawing {
  /** Before a new table is drawn: what was drawn of the last one is out of date. */
  prepare(state: CompareState, widths: readonly number[]): void;
  /** `top` in px where rows stand at a place of their own. */
  draw(parent: HTMLElement, lines: readonly DrawnLine[], state: CompareState, top?: (line: DrawnLine) => number): void;
  rowOf(key: string): HTMLElement | undefined;
}

export function createCellDrawing(): CellDrawing {
  const rows = new Map<string, HTMLElement>();
  let version = 0;
  let widths: readonly number[] = [];
  return {
    rowOf: (key) => rows.get(key),
    prepare: (_, next) => {
      version++;
      widths = next;
    },
    draw: (parent, lines, state, top) => {
      const wanted = new Set(lines.map(({ key }) => key));
      for (const node of [...parent.children] as HTMLElement[]) {
        const key = node.dataset.key!;
        if (wanted.has(key)) continue;
        node.remove();
        rows.delete(key);
      }
      let before: HTMLElement | undefined;
      lines.forEach((line) => {
        let node = rows.get(line.key);
        if (!node) rows.set(line.key, (node = element('div', { role: 'row', class: 'row', 'data-key': line.key })));
        // In reading order, for who reads without seeing.
        const place = before ? before.nextElementSibling : parent.firstElementChild;
        if (node !== place) parent.insertBefore(node, place);
        before = node;
        if (top) node.style.transform = `translateY(${top(line)}px)`;
        if (node.dataset.version === String(version)) return;
        node.dataset.version = String(version);
        node.setAttribute('aria-rowindex', String(line.at + 2));
        if (line.line.kind === 'group') drawGroup(node, line.line);
        else drawRow(node, line.line, state, widths);
      });
    },
  };
}

function drawGroup(node: HTMLElement, { label, count, isFolded }: Extract<CompareLine, { kind: 'group' }>): void {
  node.className = 'row group-row';
  const cell = element(
    'div',
    { role: 'gridcell', class: 'cell group-cell', 'aria-expanded': String(!isFolded) },
    element('span', { class: 'twist', 'aria-hidden': 'true' }, isFolded ? '▸' : '▾'),
    element('span', { class: 'group-name' }, label),
    element('span', { class: 'quiet' }, String(count)),
  );
  cell.title = label;
  node.replaceChildren(cell);
}

function drawRow(
  node: HTMLElement,
  line: Exclude<CompareLine, { kind: 'group' }>,
  state: CompareState,
  widths: readonly number[],
): void {
  const { table, model, view } = state;
  const { row } = line;
  const isSeed = line.kind === 'seed';
  const unfair = table.comparisons?.[row]?.unfair ?? [];
  const isGrey = unfair.length > 0 && row !== table.against;
  const { hidden } = table.marksOf(row);
  node.className = 'row';
  node.classList.toggle('seed-row', isSeed);
  node.classList.toggle('is-unfair', isGrey);
  node.classList.toggle('is-hidden', hidden === true);
  node.classList.toggle('is-baseline', row === table.baseline);
  const isCurrent = model.rows[row]!.id === view.current;
  node.classList.toggle('is-current', isCurrent);
  node.setAttribute('aria-selected', String(isCurrent));
  const why = describeComparison(table, row);
  const name = isSeed ? drawSeedName(line.seed) : drawName(row, state);
  if (why !== undefined && !isSeed) name.title = `${name.title}\n${why}`;
  const cells = table.columns.map((column) => {
    const text = table.cell(line, column);
    const cell = element('div', { role: 'gridcell', class: 'cell' }, text);
    cell.classList.toggle('number', column.isNumber);
    cell.title = column.id === 'difference' && why !== undefined ? why : text;
    cell.dataset.column = column.id;
    if (column.id === 'difference') cell.classList.add(`is-${table.comparisons?.[row]?.verdict ?? 'none'}`);
    return cell;
  });
  [name, ...cells].forEach((cell, i) => {
    cell.setAttribute('aria-colindex', String(i + 1));
    stick(cell, i, table.pinnedColumns, widths);
  });
  node.replaceChildren(name, ...cells);
}

function drawSeedName(seed: number): HTMLElement {
  return element(
    'div',
    { role: 'rowheader', class: 'cell name-cell' },
    element('span', { class: 'row-name' }, `seed ${seed}`),
  );
}

function drawName(row: number, { table, model, view }: CompareState): HTMLElement {
  const { id, look, seeds, isImported, run, control } = model.rows[row]!;
  const { star, pin, tags = [], note } = table.marksOf(row);
  const name = table.nameOf(row);
  const isOpen = view.expanded.includes(id);
  const twist = element(
    'span',
    { class: 'twist', 'aria-hidden': 'true', 'data-action': 'expand' },
    seeds.length > 1 ? (isOpen ? '▾' : '▸') : '',
  );
  const words: string[] = [];
  if (row === table.baseline) words.push('baseline');
  if (isImported) words.push('imported');
  if (control !== undefined) words.push('control');
  words.push(...tags);
  const badges = words.map((word) => element('span', { class: 'tag' }, word));
  const cell = element(
    'div',
    { role: 'rowheader', class: 'cell name-cell', 'aria-expanded': seeds.length > 1 ? String(isOpen) : undefined },
    twist,
    createMark(look),
    ...(star ? [createStar()] : []),
    element('span', { class: 'row-name' }, name),
    ...badges,
  );
  const said = [star ? 'starred' : '', pin ? 'pinned' : '', ...words].filter((word) => word !== '');
  cell.setAttribute('aria-label', [name, ...said].join(', '));
  cell.title = [`${name} of ${run}`, control, note].filter((line) => line !== undefined).join('\n');
  return cell;
}

function createStar(): SVGSVGElement {
  const star = createIcon();
  drawIcon(star, 'best');
  star.classList.add('star');
  return star;
}

/** The marker that the pretraining has in every panel. */
function createMark(look: number): SVGSVGElement {
  const svg = createIcon();
  svg.setAttribute('class', 'icon mark');
  const { colour, symbol: shape } = seriesLook(look);
  const path = select(svg).append('path').attr('transform', 'translate(8,8)');
  path.attr('d', symbol(shape, 80)()).attr('fill', colour);
  return svg;
}
