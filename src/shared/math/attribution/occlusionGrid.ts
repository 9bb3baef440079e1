/**
 * Where a square hides an image, and what its parts are worth from what hiding them costs (Zeiler & Fergus 2014, arXiv
 * 1311.2901, section 4.2). The image is cut into cells; the square covers window × window of them and moves by one, beyond the
 * edges too, so that every cell is hidden equally often. A cell counts by the mean over all squares that hide it.
 */

export interface OcclusionGrid {
  /** Side of a cell, px. */
  readonly step: number;
  readonly rows: number;
  readonly columns: number;
  /** Side of the square in cells. */
  readonly window: number;
}

/** A part of an image, px; inside it. */
export interface HiddenPart {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** `steps`: cells along the longer side. */
export function planOcclusion(
  { height, width }: { readonly height: number; readonly width: number },
  { steps, window }: { readonly steps: number; readonly window: number },
): OcclusionGrid {
  const step = Math.max(1, Math.ceil(Math.max(height, width) / steps));
  return { step, rows: Math.ceil(height / step), columns: Math.ceil(width / step), window };
}

/** Every place of the square: (rows + window − 1) · (columns + window − 1), row by row. */
export function hiddenParts(
  { step, rows, columns, window }: OcclusionGrid,
  { height, width }: { readonly height: number; readonly width: number },
): HiddenPart[] {
  const parts: HiddenPart[] = [];
  for (let row = 1 - window; row < rows; row++)
    for (let column = 1 - window; column < columns; column++)
      parts.push({
        left: Math.max(0, column * step),
        top: Math.max(0, row * step),
        right: Math.min(width, (column + window) * step),
        bottom: Math.min(height, (row + window) * step),
      });
  return parts;
}

/** drops: what each part costs, in the order of `hiddenParts`. Returns [rows, columns]. */
export function averageDrops(drops: ArrayLike<number>, { rows, columns, window }: OcclusionGrid): Float32Array {
  const across = columns + window - 1;
  const cells = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < window; i++) for (let j = 0; j < window; j++) sum += drops[(row + i) * across + column + j]!;
      cells[row * columns + column] = sum / window ** 2;
    }
  return cells;
}
