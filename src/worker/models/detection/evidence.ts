/** Gathers what detections were read off, for those who look at single boxes; detections stay as they are. */
import * as tf from '@tensorflow/tfjs-core';
import type { RawDetections } from './detector';

/** Detections with the row of what each was read off: a location, an anchor, a region. */
export interface Readout extends RawDetections {
  /** [k] */
  readonly rows: Int32Array;
}

/** What a dense detector says of all places of one image. */
export interface DensePlaces {
  /** [places, classes], 0..1 */
  readonly scores: Float32Array;
  /** [places, 4] */
  readonly boxes: Float32Array;
  /** [N, vectors, size]; each is shared by `perVector` places. Absent where nobody asks. */
  readonly vectors: tf.Tensor3D | undefined;
  /** Place in the batch. */
  readonly image: number;
  readonly perVector: number;
}

/** `objectRows`: places that speak for the objects that were asked about; undefined: no evidence is asked for. */
export async function withEvidence(
  { rows, ...found }: Readout,
  { scores, boxes, vectors, image, perVector }: DensePlaces,
  objectRows: Int32Array | undefined,
): Promise<RawDetections> {
  if (!vectors || !objectRows) return found;
  const classes = scores.length / (boxes.length / 4);
  const perImage = vectors.shape[1];
  const flat = tf.reshape(vectors, [-1, vectors.shape[2]]) as tf.Tensor2D;
  const vectorsAt = (places: Int32Array) =>
    gatherRows(
      flat,
      places.map((place) => image * perImage + Math.floor(place / perVector)),
    );
  const surest = Float32Array.from({ length: boxes.length / 4 }, (_, place) => {
    let most = 0;
    for (let k = 0; k < classes; k++) most = Math.max(most, scores[place * classes + k]!);
    return most;
  });
  const evidence = {
    scores: pickRows(scores, rows, classes),
    vectors: await vectorsAt(rows),
    objectVectors: await vectorsAt(objectRows),
    proposals: { boxes, scores: surest },
  };
  flat.dispose();
  return { ...found, evidence };
}

/** Maps [N, H, W, size] of several levels as [N, locations, size], level after level. */
export function joinTowers(maps: readonly tf.Tensor4D[]): tf.Tensor3D {
  return tf.concat(
    maps.map((map) => tf.reshape(map, [map.shape[0], map.shape[1] * map.shape[2], map.shape[3]])),
    1,
  ) as tf.Tensor3D;
}

/** Rows of a tensor [n, size], read back: [rows, size]. */
export async function gatherRows(from: tf.Tensor2D, rows: Int32Array): Promise<Float32Array> {
  if (rows.length === 0) return new Float32Array();
  const gathered = tf.tidy(() => tf.gather(from, tf.tensor1d(rows, 'int32')));
  const values = (await gathered.data()) as Float32Array;
  gathered.dispose();
  return values;
}

/** Rows of [n, columns] without their first `skipped` columns. */
export function pickRows(from: Float32Array, rows: Int32Array, columns: number, skipped = 0): Float32Array {
  const picked = new Float32Array(rows.length * (columns - skipped));
  rows.forEach((row, i) =>
    picked.set(from.subarray(row * columns + skipped, (row + 1) * columns), i * (columns - skipped)),
  );
  return picked;
}
