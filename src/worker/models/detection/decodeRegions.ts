/** From scores and boxes of regions to detections, as torchvision's postprocess_detections. */
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import { clipBoxes, decodeBoxes } from './boxCoding';
import type { Readout } from './evidence';
import { REGION_CODE_WEIGHTS } from './regions';

/** Smaller detections are dropped, px. */
const LEAST_SIDE = 1e-2;

export interface RegionReadout {
  /** [K, 4] */
  readonly boxes: Float32Array;
  /** [K, classes + 1], 0..1; the first is background. */
  readonly scores: Float32Array;
  /** [K, 4 (classes + 1)] */
  readonly codes: Float32Array;
  /** Of the image without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
  readonly settings: Pick<DetectionTransfer, 'scoreThreshold' | 'nmsThreshold' | 'detections'>;
}

export function decodeRegions({ boxes, scores, codes, size, settings }: RegionReadout): Readout {
  const count = boxes.length / 4;
  const columns = count === 0 ? 1 : scores.length / count;
  const candidates: { region: number; label: number; score: number }[] = [];
  for (let region = 0; region < count; region++) {
    for (let label = 1; label < columns; label++) {
      const score = scores[region * columns + label]!;
      if (score > settings.scoreThreshold) candidates.push({ region, label, score });
    }
  }
  const gather = (from: Float32Array, place: (candidate: (typeof candidates)[number]) => number) =>
    Float32Array.from(candidates.flatMap((one) => [...from.subarray(place(one), place(one) + 4)]));
  const decoded = decodeBoxes(
    gather(codes, ({ region, label }) => 4 * (region * columns + label)),
    gather(boxes, ({ region }) => 4 * region),
    REGION_CODE_WEIGHTS,
  );
  clipBoxes(decoded, size);
  const side = (i: number, axis: 0 | 1) => decoded[4 * i + 2 + axis]! - decoded[4 * i + axis]!;
  const large = [...candidates.keys()].filter((i) => side(i, 0) >= LEAST_SIDE && side(i, 1) >= LEAST_SIDE);
  const rows = (places: readonly number[]) =>
    Float32Array.from(places.flatMap((i) => [...decoded.subarray(4 * i, 4 * i + 4)]));
  const kept = suppressNonMaxima({
    boxes: rows(large),
    scores: large.map((i) => candidates[i]!.score),
    classes: large.map((i) => candidates[i]!.label),
    threshold: settings.nmsThreshold,
    most: settings.detections,
  }).map((i) => large[i]!);
  return {
    boxes: rows(kept),
    scores: Float32Array.from(kept, (i) => candidates[i]!.score),
    labels: Int32Array.from(kept, (i) => candidates[i]!.label - 1),
    rows: Int32Array.from(kept, (i) => candidates[i]!.region),
  };
}
