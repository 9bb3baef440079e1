/** Runs a detector over test images and gathers what it finds, in px of the stored images, as the evaluators take it. */
import { encodeMask, type Rle } from '../../../shared/math/detection/rle';
import type { Detections, MaskColumn } from '../../../shared/results/detections';
import { moveBoxesBack } from '../../augment/sceneTransform';
import type { Detector, RawDetections } from '../../models/detection/detector';
import { pasteMask } from './pasteMask';
import type { SceneBatch } from './sceneBatches';

/** `batches` come in the order of the data set; `onImages` hears how many are done. Leaks no tensor. */
export async function collectDetections(
  detector: Detector,
  batches: AsyncIterable<SceneBatch>,
  onImages: (done: number) => Promise<void>,
): Promise<Detections> {
  const rows = new DetectionRows();
  let done = 0;
  for await (const batch of batches) {
    try {
      const found = await detector.detect(batch);
      found.forEach((detections, i) => rows.add(done + i, detections, batch.transforms[i]!));
    } finally {
      batch.images.dispose();
    }
    done += batch.indices.length;
    await onImages(done);
  }
  return rows.finish();
}

class DetectionRows {
  private readonly image: number[] = [];
  private readonly category: number[] = [];
  private readonly boxes: number[] = [];
  private readonly areas: number[] = [];
  private readonly scores: number[] = [];
  private readonly masks: Rle[] = [];
  private hasMasks = false;

  /**
   * `image` counts test images; x1, y1, x2, y2 become x, y, width, height of the stored image. Numbers are rounded here,
   * not when they are written, so that the file gives the scores of the record to the last bit. Areas are the boxes', as
   * COCO's tools take them from a file that has boxes. A box without area, as FCOS can give, is no detection.
   */
  add(image: number, found: RawDetections, transform: SceneBatch['transforms'][number]): void {
    const corners = moveBoxesBack(found.boxes, transform);
    for (let i = 0; i < found.scores.length; i++) {
      const [x1, y1, x2, y2] = corners.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      const box = [x1, y1, x2 - x1, y2 - y1].map((edge) => Math.round(1000 * edge) / 1000);
      if (!(box[2]! > 0 && box[3]! > 0)) continue;
      this.image.push(image);
      this.category.push(found.labels[i]!);
      this.boxes.push(...box);
      this.areas.push(box[2]! * box[3]!);
      this.scores.push(Number(found.scores[i]!.toPrecision(6)));
      if (found.masks) this.paste(found.masks, i, { box: [x1, y1, x2, y2], ...transform.from });
    }
  }

  finish(): Detections {
    const count = this.scores.length;
    return {
      count,
      image: Int32Array.from(this.image),
      category: Int32Array.from(this.category),
      boxes: Float64Array.from(this.boxes),
      areas: Float64Array.from(this.areas),
      scores: Float64Array.from(this.scores),
      places: Uint32Array.from({ length: count }, (_, i) => i),
      ...(this.hasMasks && { masks: joinMasks(this.masks) }),
    };
  }

  private paste(
    { size, values }: NonNullable<RawDetections['masks']>,
    index: number,
    place: { box: readonly [number, number, number, number]; width: number; height: number },
  ): void {
    this.hasMasks = true;
    const { width, height } = place;
    const bits = pasteMask(values.subarray(index * size * size, (index + 1) * size * size), size, place);
    this.masks.push(encodeMask(bits, height, width));
  }
}

function joinMasks(masks: readonly Rle[]): MaskColumn {
  const offsets = new Uint32Array(masks.length + 1);
  masks.forEach(({ counts }, i) => (offsets[i + 1] = offsets[i]! + counts.length));
  const counts = new Uint32Array(offsets[masks.length]!);
  masks.forEach((mask, i) => counts.set(mask.counts, offsets[i]));
  return {
    counts,
    offsets,
    heights: Uint32Array.from(masks, ({ height }) => height),
    widths: Uint32Array.from(masks, ({ width }) => width),
  };
}
