/**
 * A confusion matrix as squares: rows are the truth, columns the prediction, ink is the share of the row. One stop of the Tab
 * key, arrow keys move between cells, Enter chooses. Knows data and pixels, no messages.
 */
import { select, type Selection } from 'd3';
import { createMatrixCursor, type MatrixPlace } from './matrixCursor';

export interface ConfusionMatrixData {
  readonly names: readonly string[];
  /** [names, names] 0..1; NaN in rows without anything. */
  readonly shares: Float64Array;
  /** [names] what rows hold: where there are too many, the largest are drawn. */
  readonly sizes: readonly number[];
  readonly chosen?: MatrixCell;
}

/** Places in `names`. */
export type MatrixCell = MatrixPlace;

export interface ConfusionMatrix {
  readonly node: SVGSVGElement;
  update(data: ConfusionMatrixData, width: number): void;
}

export interface ConfusionMatrixOptions {
  /** The cell under the pointer or the keyboard. */
  readonly onRead: (cell: MatrixCell | undefined) => void;
  readonly onChoose: (cell: MatrixCell) => void;
}

const MOST_CLASSES = 32;
const LABEL = { width: 84, least: 10 };
const LARGEST_CELL = 30;

export function createConfusionMatrix(
  container: Element,
  { onRead, onChoose }: ConfusionMatrixOptions,
): ConfusionMatrix {
  const svg = select(container)
    .append('svg')
    .attr('class', 'confusion-matrix')
    .attr('role', 'application')
    .attr('tabindex', 0)
    .attr('aria-label', 'Confusion matrix. Arrow keys move between cells, Enter shows the images of one.');
  const rows = svg.append('g').attr('class', 'matrix-names');
  const columns = svg.append('g').attr('class', 'matrix-names');
  const cells = svg.append('g');
  let drawn: readonly number[] = [];
  let at: MatrixCell | undefined;
  const cellAt = ({ row, column }: MatrixPlace): MatrixCell => ({ row: drawn[row]!, column: drawn[column]! });
  const cursor = createMatrixCursor(svg, {
    origin: { x: LABEL.width, y: 0 },
    onPoint: (place) => {
      at = place && cellAt(place);
      onRead(at);
    },
    onChoose: (place) => onChoose(cellAt(place)),
  });

  return {
    node: svg.node()!,
    update: (data, width) => {
      const { names, sizes } = data;
      drawn = largestClasses(sizes);
      const side = Math.min(LARGEST_CELL, (width - LABEL.width - 2) / Math.max(1, drawn.length));
      const extent = drawn.length * side;
      const hasNames = side >= LABEL.least;
      svg.attr('width', width).attr('height', extent + (hasNames ? LABEL.width : 4));
      const shown = hasNames ? drawn.map((k) => shorten(names[k]!)) : [];
      drawNames(rows, shown, (i) => `translate(${LABEL.width - 5},${(i + 0.5) * side})`);
      drawNames(columns, shown, (i) => `translate(${LABEL.width + (i + 0.5) * side},${extent + 5}) rotate(-60)`);
      drawCells(cells, data, { drawn, side });
      cursor.resize({ rows: drawn.length, columns: drawn.length, side });
      const [row, column] = [drawn.indexOf(at?.row ?? -1), drawn.indexOf(at?.column ?? -1)];
      cursor.point(row < 0 || column < 0 ? undefined : { row, column });
    },
  };
}

type Part = Selection<SVGGElement, unknown, null, undefined>;

function drawNames(part: Part, names: readonly string[], place: (i: number) => string): void {
  part
    .selectAll<SVGTextElement, string>('text')
    .data(names)
    .join('text')
    .attr('text-anchor', 'end')
    .attr('transform', (_, i) => place(i))
    .attr('dy', '0.32em')
    .text((name) => name);
}

function drawCells(
  part: Part,
  { names, shares, chosen }: ConfusionMatrixData,
  { drawn, side }: { readonly drawn: readonly number[]; readonly side: number },
): void {
  const all = drawn.flatMap((row, i) => drawn.map((column, j) => ({ row, column, i, j })));
  part
    .selectAll<SVGRectElement, (typeof all)[number]>('rect')
    .data(all)
    .join('rect')
    .attr('class', ({ row, column }) => {
      const isChosen = chosen?.row === row && chosen.column === column;
      return `matrix-cell${row === column ? ' is-right' : ''}${isChosen ? ' is-chosen' : ''}`;
    })
    .attr('x', ({ j }) => LABEL.width + j * side + 0.5)
    .attr('y', ({ i }) => i * side + 0.5)
    .attr('width', side - 1)
    .attr('height', side - 1)
    .attr('fill-opacity', ({ row, column }) => inkOf(shares[row * names.length + column]!));
}

/** By size where there are too many, in their own order. */
function largestClasses(sizes: readonly number[]): number[] {
  const bySize = sizes.map((_, k) => k).sort((a, b) => sizes[b]! - sizes[a]!);
  return bySize.slice(0, MOST_CLASSES).sort((a, b) => a - b);
}

/** Small shares matter: ink grows with the square root. */
function inkOf(share: number): number {
  return Number.isNaN(share) ? 0 : Math.sqrt(share);
}

function shorten(name: string): string {
  return name.length > 13 ? `${name.slice(0, 12)}…` : name;
}
