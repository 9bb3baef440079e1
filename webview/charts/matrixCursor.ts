/**
 * Pointer and keyboard over a matrix of squares: one stop of the Tab key, arrow keys move a cursor, Enter or Space chooses.
 * Knows places, counted from 0 in what is drawn, and nothing of what stands there.
 */
import type { Selection } from 'd3';

export interface MatrixPlace {
  readonly row: number;
  readonly column: number;
}

export interface MatrixCursor {
  /** So many squares of `side` px are drawn. The place stays where it was: the caller points anew. */
  resize(extent: { readonly rows: number; readonly columns: number; readonly side: number }): void;
  /** Shows the cursor there, or nowhere, and reports it. */
  point(place: MatrixPlace | undefined): void;
}

export interface MatrixCursorOptions {
  /** Left upper corner of the first square, in px of the svg. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly onPoint: (place: MatrixPlace | undefined) => void;
  readonly onChoose: (place: MatrixPlace) => void;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Draws its square last, above all that `svg` has so far. */
export function createMatrixCursor(
  svg: Selection<SVGSVGElement, unknown, null, undefined>,
  { origin, onPoint, onChoose }: MatrixCursorOptions,
): MatrixCursor {
  const square = svg.append('rect').attr('class', 'matrix-cursor').attr('display', 'none');
  let extent = { rows: 0, columns: 0, side: 0 };
  let at: MatrixPlace | undefined;

  const point = (place: MatrixPlace | undefined): void => {
    at = place;
    square.attr('display', place ? null : 'none');
    if (place) square.attr('x', origin.x + place.column * extent.side).attr('y', origin.y + place.row * extent.side);
    onPoint(place);
  };
  const placeUnder = ({ clientX, clientY }: MouseEvent): MatrixPlace | undefined => {
    const { left, top } = svg.node()!.getBoundingClientRect();
    const column = Math.floor((clientX - left - origin.x) / extent.side);
    const row = Math.floor((clientY - top - origin.y) / extent.side);
    const isInside = row >= 0 && column >= 0 && row < extent.rows && column < extent.columns;
    return isInside ? { row, column } : undefined;
  };
  svg.on('pointermove', (event: MouseEvent) => point(placeUnder(event)));
  svg.on('pointerleave blur', () => point(undefined));
  svg.on('click', (event: MouseEvent) => {
    const place = placeUnder(event);
    if (place) onChoose(place);
  });
  svg.on('keydown', (event: KeyboardEvent) => {
    const isChosen = (event.key === 'Enter' || event.key === ' ') && at !== undefined;
    const step = steps[event.key];
    if (extent.rows === 0 || extent.columns === 0 || (!isChosen && !step)) return;
    event.preventDefault();
    if (isChosen) onChoose(at!);
    else point(at ? moved(at, step!, extent) : { row: 0, column: 0 });
  });
  return {
    resize: (next) => {
      extent = next;
      square.attr('width', next.side).attr('height', next.side);
    },
    point,
  };
}

function moved(
  { row, column }: MatrixPlace,
  [down, across]: readonly [number, number],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): MatrixPlace {
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  return { row: within(row + down, rows), column: within(column + across, columns) };
}
