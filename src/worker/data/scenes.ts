/**
 * The contract between readers of scenes (images that hold objects) and everything that detects or segments. Objects are
 * the columns of shared/results/detections, the same that evaluators compute with and panels draw.
 */
import type { GroundTruth } from '../../shared/results/detections';
import type { DataProblem, DataSource, Dataset, ImageStore } from './dataset';

export interface SceneDataset {
  readonly split: string;
  readonly length: number;
  /** Class names, those of `truth.categories`; object categories index into them. */
  readonly classes: readonly string[];
  /** [length]; a name a user recognises. */
  readonly names: readonly string[];
  readonly store: ImageStore;
  /**
   * Image i of this data set is row i of `truth.images`; rows of objects are sorted by image. `isIgnored` are VOC's
   * difficult objects and crowds: not counted. Difficult ones are learnt from, as in detectron2; crowds are not.
   */
  readonly truth: GroundTruth;
  /** [length + 1]; the objects of image i are rows offsets[i] … offsets[i + 1] - 1 of `truth`. */
  readonly offsets: Int32Array;
  /** What was left out and why; already excluded from everything above. */
  readonly problems: readonly DataProblem[];
}

export interface SceneSource {
  readonly splits: readonly string[];
  /** Hash of everything that decides pixels and objects; part of stage keys. */
  readonly fingerprint: string;
  openScenes(split: string): Promise<SceneDataset>;
  /** The same with keypoints; masks may be absent. Absent where objects have no keypoints. */
  openPoses?(split: string): Promise<SceneDataset>;
}

/** Where each image's objects begin and end; objects must be sorted by image. */
export function findOffsets(truth: Pick<GroundTruth, 'count' | 'image'>, length: number): Int32Array {
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < truth.count; i++) {
    if (i > 0 && truth.image[i]! < truth.image[i - 1]!) throw new Error('internal: objects are not sorted by image');
    offsets[truth.image[i]! + 1]!++;
  }
  for (let i = 0; i < length; i++) offsets[i + 1]! += offsets[i]!;
  return offsets;
}

/** Scenes as mere pictures, for methods without labels: every picture belongs to the one class "picture". */
export function asPictures(source: SceneSource): DataSource {
  const open = async (split: string): Promise<Dataset> => {
    const { length, names, store, problems } = await source.openScenes(split);
    return { split, length, classes: ['picture'], labels: new Int32Array(length), names, store, problems };
  };
  return { splits: source.splits, fingerprint: source.fingerprint, open };
}
