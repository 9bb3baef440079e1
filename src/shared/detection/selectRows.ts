/** Some rows of column tables, in any order and also more than once. */
import type { GroundTruth, KeypointColumn, MaskColumn } from '../results/detections';

type ObjectColumns = Omit<GroundTruth, 'images' | 'categories'>;

/** The objects at `rows`. */
export function selectObjects<Columns extends ObjectColumns>(columns: Columns, rows: Int32Array): Columns {
  return {
    ...columns,
    count: rows.length,
    ids: Float64Array.from(rows, (row) => columns.ids[row]!),
    image: rows.map((row) => columns.image[row]!),
    category: rows.map((row) => columns.category[row]!),
    boxes: selectGroups(columns.boxes, 4, rows),
    areas: Float64Array.from(rows, (row) => columns.areas[row]!),
    isCrowd: Uint8Array.from(rows, (row) => columns.isCrowd[row]!),
    isIgnored: Uint8Array.from(rows, (row) => columns.isIgnored[row]!),
    ...selectShapes(columns, rows),
  };
}

function selectShapes(
  { masks, keypoints }: { readonly masks?: MaskColumn; readonly keypoints?: KeypointColumn },
  rows: Int32Array,
): { masks?: MaskColumn; keypoints?: KeypointColumn } {
  return {
    ...(masks ? { masks: selectMasks(masks, rows) } : {}),
    ...(keypoints
      ? { keypoints: { ...keypoints, values: selectGroups(keypoints.values, 3 * keypoints.perObject, rows) } }
      : {}),
  };
}

function selectGroups(values: Float64Array, perRow: number, rows: Int32Array): Float64Array {
  const selected = new Float64Array(perRow * rows.length);
  rows.forEach((row, i) => selected.set(values.subarray(perRow * row, perRow * (row + 1)), perRow * i));
  return selected;
}

function selectMasks(masks: MaskColumn, rows: Int32Array): MaskColumn {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => (offsets[i + 1] = offsets[i]! + masks.offsets[row + 1]! - masks.offsets[row]!));
  const counts = new Uint32Array(offsets[rows.length]!);
  rows.forEach((row, i) => counts.set(masks.counts.subarray(masks.offsets[row], masks.offsets[row + 1]), offsets[i]));
  return {
    counts,
    offsets,
    heights: Uint32Array.from(rows, (row) => masks.heights[row]!),
    widths: Uint32Array.from(rows, (row) => masks.widths[row]!),
  };
}
