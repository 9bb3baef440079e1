/** Landmarks of the objects in scenes (emoji-scenes, COCO's keypoints): those that are learnt from and scored one by one. */
import { cocoPersonLandmarks, schemeByCount, schemeByNames } from '../../shared/math/landmarkSchemes';
import { UserError } from '../../shared/errors';
import type { GroundTruth } from '../../shared/results/detections';
import type { LandmarkScheme } from '../../shared/results/landmarks';
import type { MarkedImages } from './landmarks';
import type { SceneDataset } from './scenes';

/** Every object with keypoints but crowds. All classes share one set of landmarks. */
export function markedObjects(scenes: SceneDataset): MarkedImages {
  const { truth, split, names, classes, problems, store } = scenes;
  const { keypoints } = truth;
  if (!keypoints || keypoints.perObject === 0) {
    const message = `the annotations of ${split} have no keypoints; name a file that has them, such as annotations/person_keypoints_{split}.json`;
    throw new UserError('data', message);
  }
  if (store.kind === 'crops') throw new Error('internal: scenes are whole images');
  const scheme = schemeOf(truth, keypoints.perObject);
  const rows = Array.from({ length: truth.count }, (_, row) => row).filter((row) => truth.isCrowd[row] !== 1);
  const landmarks = scheme.names.length;
  const points = new Float64Array(rows.length * landmarks * 2);
  const visibility = new Uint8Array(rows.length * landmarks);
  rows.forEach((row, i) => {
    for (let k = 0; k < landmarks; k++) {
      const from = 3 * (row * landmarks + k);
      points.set(keypoints.values.subarray(from, from + 2), 2 * (i * landmarks + k));
      visibility[i * landmarks + k] = Math.max(0, Math.min(2, keypoints.values[from + 2]!));
    }
  });
  return {
    ...{ split, scheme, store, names, classes, problems, points, visibility },
    count: rows.length,
    image: Int32Array.from(rows, (row) => truth.image[row]!),
    category: Int32Array.from(rows, (row) => truth.category[row]!),
    boxes: Float64Array.from(rows.flatMap((row) => [...truth.boxes.subarray(4 * row, 4 * row + 4)])),
  };
}

function schemeOf({ categories }: GroundTruth, count: number): LandmarkScheme {
  const named = categories.keypoints?.find((names) => names.length === count);
  if (named) return schemeByNames(named);
  return count === cocoPersonLandmarks.length ? schemeByNames(cocoPersonLandmarks) : schemeByCount(count);
}
