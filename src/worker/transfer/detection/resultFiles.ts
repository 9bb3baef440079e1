/**
 * What a detection transfer leaves beside its record: the test images' objects and what was found, both in COCO's layout,
 * so that every other tool reads them and a panel can be drawn from the stage's folder alone.
 */
import { formatRuns } from '../../../shared/math/detection/rleText';
import type { Detections, GroundTruth, MaskColumn } from '../../../shared/results/detections';

export const ANNOTATIONS_FILE = 'annotations.json';
export const DETECTIONS_FILE = 'detections.json';

/** COCO annotations of the scored images. */
export function encodeAnnotations(truth: GroundTruth): Uint8Array {
  const images = truth.images.ids.map((id, i) => ({
    id,
    file_name: truth.images.names[i],
    width: truth.images.widths[i],
    height: truth.images.heights[i],
  }));
  const categories = truth.categories.ids.map((id, i) => ({
    id,
    name: truth.categories.names[i],
    supercategory: truth.categories.groups[i],
  }));
  const annotations = Array.from({ length: truth.count }, (_, i) => ({
    id: truth.ids[i],
    image_id: truth.images.ids[truth.image[i]!],
    category_id: truth.categories.ids[truth.category[i]!],
    bbox: boxOf(truth.boxes, i),
    area: truth.areas[i],
    iscrowd: truth.isCrowd[i],
    // VOC's difficult objects; COCO's own files have no such key and tools that do not know it pass it over.
    ...(truth.isIgnored[i] === 1 && truth.isCrowd[i] === 0 && { ignore: 1 }),
    ...(truth.masks && { segmentation: maskOf(truth.masks, i) }),
  }));
  return encodeJson({ images, categories, annotations });
}

/** COCO results, in the order in which they were found. */
export function encodeDetections(truth: GroundTruth, found: Detections): Uint8Array {
  const rows = Array.from({ length: found.count }, (_, i) => ({
    image_id: truth.images.ids[found.image[i]!],
    category_id: truth.categories.ids[found.category[i]!],
    bbox: boxOf(found.boxes, i),
    score: found.scores[i],
    ...(found.masks && { segmentation: maskOf(found.masks, i) }),
  }));
  return encodeJson(rows);
}

function boxOf(boxes: Float64Array, i: number): number[] {
  return [...boxes.subarray(4 * i, 4 * i + 4)];
}

function maskOf(masks: MaskColumn, i: number): { size: number[]; counts: string } {
  const counts = masks.counts.subarray(masks.offsets[i]!, masks.offsets[i + 1]!);
  return { size: [masks.heights[i]!, masks.widths[i]!], counts: formatRuns(counts) };
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
