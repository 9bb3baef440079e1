/**
 * A confusion matrix as squares: rows are the truth, columns the prediction, ink is the share of the row. One stop of the Tab
 * key, arrow keys move between cells, Enter chooses. Knows data and pixels, no messages.
 */
import { select } from 'd3';

export interface ConfusionMatrixData {
  readonly names: readonly string[];
  /** [names, names] 0..1; NaN in rows without anything. */
  readonly shares: Float64Array;
  /** [names] what rows hold: where there are too many, the largest are drawn. */
  readonly sizes: readonly number[];
  readonly chosen?: MatrixCell;
}

/** Places in `names`. */
export interface MatrixCell {
  readonly row: number;
  readonly column: number;
}

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
  const cursor = svg.append('rect').attr('class', 'matrix-cursor');
  let drawn: readonly number[] = [];
  let side = 0;
  let at: MatrixCell | undefined;

  const point = (cell: MatrixCell | undefined): void => {
    at = cell;
    onRead(cell);
    const [row, column] = [drawn.indexOf(cell?.row ?? -1), drawn.indexOf(cell?.column ?? -1)];
    cursor.attr('display', row < 0 || column < 0 ? 'none' : null);
    cursor.attr('x', LABEL.width + column * side).attr('y', row * side);
  };
  const cellUnder = ({ clientX, clientY }: MouseEvent): MatrixCell | undefined => {
    const { left, top } = svg.node()!.getBoundingClientRect();
    const column = drawn[Math.floor((clientX - left - LABEL.width) / side)];
    const row = drawn[Math.floor((clientY - top) / side)];
    return row === undefined || column === undefined ? undefined : { row, column };
  };
  svg.on('pointermove', (event: MouseEvent) => point(cellUnder(event)));
  svg.on('pointerleave blur', () => point(undefined));
  svg.on('click', (event: MouseEvent) => {
    const cell = cellUnder(event);
    if (cell) onChoose(cell);
  });
  svg.on('keydown', (event: KeyboardEvent) => {
    if ((event.key === 'Enter' || event.key === ' ') && at) {
      event.preventDefault();
      return onChoose(at);
    }
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ...{ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const move = (now: number | undefined, by: number): number => {
      const place = now === undefined ? 0 : drawn.indexOf(now) + by;
      return drawn[Math.min(drawn.length - 1, Math.max(0, place))]!;
    };
    point({ row: move(at?.row, at ? step[0] : 0), column: move(at?.column, at ? step[1] : 0) });
  });

  return {
    node: svg.node()!,
    update: ({ names, shares, sizes, chosen }, width) => {
      drawn = largestClasses(sizes);
      side = Math.min(LARGEST_CELL, (width - LABEL.width - 2) / Math.max(1, drawn.length));
      const extent = drawn.length * side;
      const hasNames = side >= LABEL.least;
      svg.attr('width', width).attr('height', extent + (hasNames ? LABEL.width : 4));
      const shown = hasNames ? drawn : [];
      rows
        .selectAll<SVGTextElement, number>('text')
        .data(shown)
        .join('text')
        .attr('text-anchor', 'end')
        .attr('x', LABEL.width - 5)
        .attr('y', (_, i) => (i + 0.5) * side)
        .attr('dy', '0.32em')
        .text((k) => shorten(names[k]!));
      columns
        .selectAll<SVGTextElement, number>('text')
        .data(shown)
        .join('text')
        .attr('text-anchor', 'end')
        .attr('transform', (_, i) => `translate(${LABEL.width + (i + 0.5) * side},${extent + 5}) rotate(-60)`)
        .attr('dy', '0.32em')
        .text((k) => shorten(names[k]!));
      const all = drawn.flatMap((row, i) => drawn.map((column, j) => ({ row, column, i, j })));
      cells
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
      cursor.attr('width', side).attr('height', side);
      point(at && drawn.includes(at.row) && drawn.includes(at.column) ? at : undefined);
    },
  };
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
