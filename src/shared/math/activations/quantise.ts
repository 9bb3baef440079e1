/** Numbers as bytes for pictures of them. */
import { quantileOfSorted } from '../statistics';

/** 0..255 for `low`..`high`, what lies outside clipped; 0 where the two are equal. */
export function toBytes(values: ArrayLike<number>, low: number, high: number): Uint8Array {
  const scale = high > low ? 255 / (high - low) : 0;
  return Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round((value - low) * scale))));
}

/** Each column scaled on its own from its first to its last hundredth. values: [rows, columns]. */
export function columnsToBytes(values: Float32Array, columns: number): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let c = 0; c < columns; c++) {
    const column = Float32Array.from({ length: values.length / columns }, (_, row) => values[row * columns + c]!);
    const sorted = column.slice().sort();
    const scaled = toBytes(column, quantileOfSorted(sorted, 0.01), quantileOfSorted(sorted, 0.99));
    scaled.forEach((byte, row) => (bytes[row * columns + c] = byte));
  }
  return bytes;
}
