/** Runs a detector over test images and gathers what it finds, in px of the stored images, as the evaluators take it. */
import { encodeMask, type Rle } from '../../../shared/math/detection/rle';
import type { Detections, MaskColumn } from '../../../shared/results/detections';
import { moveBoxesBack } from '../../augment/sceneTransform';
import type { Detector, RawDetections } from '../../models/detection/detector';
import type { EvidenceRows } from './evidenceRows';
import { pasteMask } from './pasteMask';
import type { SceneBatch } from './sceneBatches';

export interface Collecting {
  /** Hears how many images are done. */
  readonly onImages: (done: number) => Promise<void>;
  /** Gets what detections were read off; absent where nobody will look at single boxes. */
  readonly evidence?: EvidenceRows;
}

/** `batches` come in the order of the data set. Leaks no tensor. */
export async function collectDetections(
  detector: Detector,
  batches: AsyncIterable<SceneBatch>,
  { onImages, evidence }: Collecting,
): Promise<Detections> {
  const table = new DetectionRows();
  let done = 0;
  for await (const batch of batches) {
    try {
      const { transforms } = batch;
      const found = await detector.detect(
        batch,
        evidence && transforms.map((transform, i) => evidence.objectsOf(done + i, transform)),
      );
      found.forEach((detections, i) => {
        const [image, transform] = [done + i, transforms[i]!];
        const rows = table.add(image, detections, transform);
        evidence?.add({ image, transform, found: detections, rows });
      });
    } finally {
      batch.images.dispose();
    }
    done += batch.indices.length;
    await onImages(done);
  }
  return table.finish();
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
   * COCO's tools take them from a file that has boxes. A box without area, as FCOS can give, is no detection. Returns the
   * row of each, -1 for those.
   */
  add(image: number, found: RawDetections, transform: SceneBatch['transforms'][number]): number[] {
    const corners = moveBoxesBack(found.boxes, transform);
    return Array.from(found.scores, (score, i) => {
      const [x1, y1, x2, y2] = corners.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      const box = [x1, y1, x2 - x1, y2 - y1].map((edge) => Math.round(1000 * edge) / 1000);
      if (!(box[2]! > 0 && box[3]! > 0)) return -1;
      this.image.push(image);
      this.category.push(found.labels[i]!);
      this.boxes.push(...box);
      this.areas.push(box[2]! * box[3]!);
      this.scores.push(Number(score.toPrecision(6)));
      if (found.masks) this.paste(found.masks, i, { box: [x1, y1, x2, y2], ...transform.from });
      return this.scores.length - 1;
    });
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
