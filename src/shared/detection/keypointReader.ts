/** Keypoints of COCO records: x, y, visibility for each. */
import type { KeypointColumn } from '../results/detections';
import type { GrowingFloats } from './growingColumn';
import type { JsonReader } from './jsonReader';

/** Appends the numbers of the next value; whether they were finite numbers and nothing else. */
export function readKeypoints(reader: JsonReader, into: GrowingFloats): boolean {
  let isFinite = true;
  const isClean = reader.readNumbers((value) => {
    if (!Number.isFinite(value)) isFinite = false;
    into.push(value);
  });
  return isClean && isFinite;
}

export function takeKeypoints(values: GrowingFloats, perObject: number): KeypointColumn {
  return { perObject, values: values.take() };
}
