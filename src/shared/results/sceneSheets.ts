/**
 * Composed scenes have no files, so a detection stage leaves its test pictures on sheets: equal squares in reading order.
 * Where a picture lies follows from its place and size alone, for the worker that writes and the panel that reads.
 */

/** No side of a sheet is longer, in px; WebP ends at 16383. */
const LONGEST_SIDE = 4096;

export interface SheetLayout {
  /** Pictures in a row, and rows. */
  readonly columns: number;
  readonly rows: number;
  readonly sheets: number;
}

export interface SheetPlace {
  readonly sheet: number;
  /** px from the sheet's top left corner. */
  readonly x: number;
  readonly y: number;
}

/** Name of a sheet, from 0. */
export function sheetName(sheet: number): string {
  return `images-${sheet}.webp`;
}

/** How `count` pictures of `size` × `size` px lie on sheets. */
export function sheetLayout(count: number, size: number): SheetLayout {
  const columns = Math.max(1, Math.floor(LONGEST_SIDE / size));
  return { columns, rows: columns, sheets: Math.ceil(count / (columns * columns)) };
}

/** Where picture `index` is. */
export function placeOnSheet(index: number, { columns, rows }: SheetLayout, size: number): SheetPlace {
  const sheet = Math.floor(index / (columns * rows));
  const onSheet = index % (columns * rows);
  return { sheet, x: (onSheet % columns) * size, y: Math.floor(onSheet / columns) * size };
}
