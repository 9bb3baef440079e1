/**
 * Layers of one network against layers of another: ink is how alike they are, from 0 to 1. One stop of the Tab key, arrow keys
 * move a cursor, Enter chooses. Knows data and pixels, no messages.
 */
import { select, type Selection } from 'd3';
import { createMatrixCursor, type MatrixPlace } from './matrixCursor';

export interface SimilarityMatrixData {
  /** Whose layers stand down and across. */
  readonly names: readonly [string, string];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [rows][columns]; null where there is none. Below 0 the ink has another colour. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** Places in rows and columns. */
export type LayerCell = MatrixPlace;

export interface SimilarityMatrix {
  readonly node: SVGSVGElement;
  update(data: SimilarityMatrixData, width: number): void;
  /** A layer that is looked at elsewhere, in both networks. */
  mark(layer: string | undefined): void;
}

export interface SimilarityMatrixOptions {
  /** The cell under the pointer or the keyboard. */
  readonly onRead: (cell: LayerCell | undefined) => void;
  readonly onChoose: (cell: LayerCell) => void;
}

const LABEL = 92;
const LEAST_LABELLED = 11;
const LEAST_WRITTEN = 30;
const LARGEST_CELL = 46;
const TITLE = 18;

export function createSimilarityMatrix(
  container: Element,
  { onRead, onChoose }: SimilarityMatrixOptions,
): SimilarityMatrix {
  const svg = select(container)
    .append('svg')
    .attr('class', 'similarity-matrix')
    .attr('role', 'application')
    .attr('tabindex', 0);
  const cells = svg.append('g');
  const names = svg.append('g').attr('class', 'matrix-names');
  const bands = svg.append('g');
  let data: SimilarityMatrixData | undefined;
  let side = 0;
  let at: LayerCell | undefined;
  const cursor = createMatrixCursor(svg, {
    origin: { x: LABEL, y: TITLE },
    onPoint: (place) => {
      at = place;
      onRead(place);
    },
    onChoose,
  });

  return {
    node: svg.node()!,
    update: (next, width) => {
      data = next;
      side = Math.min(LARGEST_CELL, Math.max(4, (width - LABEL - 2) / Math.max(1, next.columns.length)));
      const hasNames = side >= LEAST_LABELLED;
      const [across, down] = [next.columns.length * side, next.rows.length * side];
      svg.attr('width', LABEL + across + 2).attr('height', TITLE + down + (hasNames ? LABEL : 6));
      const label = `How alike layers of ${next.names[0]} (down) and ${next.names[1]} (across) are`;
      svg.attr('aria-label', `${label}. Arrow keys move between cells, Enter chooses the layer of the row.`);
      drawCells(cells, next, side);
      drawNames(names, next, { side, hasNames });
      cursor.resize({ rows: next.rows.length, columns: next.columns.length, side });
      cursor.point(at && at.row < next.rows.length && at.column < next.columns.length ? at : undefined);
    },
    mark: (layer) => {
      if (!data) return;
      const [row, column] = [data.rows.indexOf(layer ?? ''), data.columns.indexOf(layer ?? '')];
      const [across, down] = [data.columns.length * side, data.rows.length * side];
      const boxes = [
        ...(row < 0 ? [] : [{ x: LABEL, y: TITLE + row * side, width: across, height: side }]),
        ...(column < 0 ? [] : [{ x: LABEL + column * side, y: TITLE, width: side, height: down }]),
      ];
      bands
        .selectAll<SVGRectElement, (typeof boxes)[number]>('rect')
        .data(boxes)
        .join('rect')
        .attr('class', 'matrix-band')
        .attr('x', ({ x }) => x)
        .attr('y', ({ y }) => y)
        .attr('width', (box) => box.width)
        .attr('height', (box) => box.height);
    },
  };
}

type Part = Selection<SVGGElement, unknown, null, undefined>;

function drawCells(part: Part, { rows, columns, values }: SimilarityMatrixData, side: number): void {
  const all = rows.flatMap((_, row) =>
    columns.map((_, column) => ({ row, column, value: values[row]?.[column] ?? null })),
  );
  part
    .selectAll<SVGRectElement, (typeof all)[number]>('rect')
    .data(all)
    .join('rect')
    .attr('class', ({ value }) => `similarity-cell${value !== null && value < 0 ? ' is-negative' : ''}`)
    .attr('x', ({ column }) => LABEL + column * side + 0.5)
    .attr('y', ({ row }) => TITLE + row * side + 0.5)
    .attr('width', Math.max(1, side - 1))
    .attr('height', Math.max(1, side - 1))
    .attr('fill-opacity', ({ value }) => (value === null ? 0 : Math.min(1, Math.abs(value))));
  part
    .selectAll<SVGTextElement, (typeof all)[number]>('text')
    .data(side >= LEAST_WRITTEN ? all : [])
    .join('text')
    .attr('class', ({ value }) => `similarity-value${value !== null && Math.abs(value) > 0.75 ? ' is-on-ink' : ''}`)
    .attr('text-anchor', 'middle')
    .attr('dy', '0.32em')
    .attr('x', ({ column }) => LABEL + (column + 0.5) * side)
    .attr('y', ({ row }) => TITLE + (row + 0.5) * side)
    .text(({ value }) => (value === null ? '–' : value.toFixed(2).replace('-', '−')));
}

function drawNames(
  part: Part,
  { names, rows, columns }: SimilarityMatrixData,
  { side, hasNames }: { readonly side: number; readonly hasNames: boolean },
): void {
  const foot = TITLE + rows.length * side;
  const entries = [
    ...(hasNames ? rows : []).map((text, i) => ({
      text: shorten(text, 14),
      place: `translate(${LABEL - 5},${TITLE + (i + 0.5) * side})`,
      anchor: 'end',
    })),
    ...(hasNames ? columns : []).map((text, i) => ({
      text: shorten(text, 14),
      place: `translate(${LABEL + (i + 0.5) * side},${foot + 6}) rotate(-60)`,
      anchor: 'end',
    })),
    { text: shorten(`${names[0]} ↓   ${names[1]} →`, 60), place: `translate(${LABEL},10)`, anchor: 'start' },
  ];
  part
    .selectAll<SVGTextElement, (typeof entries)[number]>('text')
    .data(entries)
    .join('text')
    .attr('text-anchor', ({ anchor }) => anchor)
    .attr('transform', ({ place }) => place)
    .attr('dy', '0.32em')
    .text(({ text }) => text);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
