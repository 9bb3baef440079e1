/** Some images of a scene data set with their objects: the part of the test split that is scored. */
import { selectObjects } from '../../../shared/detection/selectRows';
import type { GroundTruth } from '../../../shared/results/detections';
import { deriveRandom } from '../../../shared/random';
import type { SceneDataset } from '../../data/scenes';

/** All images, or `count` of them drawn with the seed; ascending. */
export function chooseScenes(
  images: Int32Array,
  { count, seed, purpose }: { readonly count: number | undefined; readonly seed: number; readonly purpose: string },
): Int32Array {
  if (count === undefined || count >= images.length) return images;
  const order = deriveRandom(seed, purpose).permutation(images.length).subarray(0, count);
  return Int32Array.from(order, (place) => images[place]!).sort();
}

/** `images`: places in the data set, ascending. Image i of the result is images[i]. */
export function truthOf({ truth, offsets, length }: SceneDataset, images: Int32Array): GroundTruth {
  if (images.length === length) return truth;
  const rows: number[] = [];
  const places: number[] = [];
  images.forEach((image, place) => {
    for (let row = offsets[image]!; row < offsets[image + 1]!; row++) {
      rows.push(row);
      places.push(place);
    }
  });
  const pick = <T>(column: ArrayLike<T>): T[] => Array.from(images, (image) => column[image]!);
  return {
    ...selectObjects(truth, Int32Array.from(rows)),
    image: Int32Array.from(places),
    images: {
      ids: pick(truth.images.ids),
      names: pick(truth.images.names),
      widths: Float64Array.from(pick(truth.images.widths)),
      heights: Float64Array.from(pick(truth.images.heights)),
    },
  };
}
