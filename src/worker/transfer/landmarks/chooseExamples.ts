/** The training and test examples of a landmark transfer: opened, thinned out, checked. */
import type { LandmarksTransfer } from '../../../shared/experiment/transferSchema';
import { UserError } from '../../../shared/errors';
import { isCounted } from '../../../shared/math/landmarks';
import { deriveRandom } from '../../../shared/random';
import type { LandmarkDataset } from '../../data/landmarks';
import type { StageContext } from '../../stageContext';

export interface LandmarkSplit {
  readonly dataset: LandmarkDataset;
  /** Places in the data set, ascending. */
  readonly examples: Int32Array;
}

type SplitSettings = Pick<LandmarksTransfer, 'data' | 'margin' | 'occluded'>;

/** Examples with at least one landmark that counts; `count` of them drawn with the seed. */
export async function openExamples(
  { data, margin, occluded }: SplitSettings,
  part: { readonly split: string; readonly count: number | undefined; readonly purpose: string },
  context: StageContext,
): Promise<LandmarkSplit> {
  const dataset = await context.data.landmarks({ id: data, split: part.split, margin });
  const landmarks = dataset.scheme.names.length;
  const usable = Array.from({ length: dataset.length }, (_, i) => i).filter((i) =>
    dataset.visibility.subarray(i * landmarks, (i + 1) * landmarks).some((v) => isCounted(v, occluded)),
  );
  if (usable.length === 0)
    throw new UserError(
      'data',
      `no landmark of "${data}" (${part.split}) is visible; set occluded to true to count hidden ones`,
    );
  const all = Int32Array.from(usable);
  if (part.count === undefined || part.count >= all.length) return { dataset, examples: all };
  const order = deriveRandom(context.seed, part.purpose).permutation(all.length).subarray(0, part.count);
  return { dataset, examples: Int32Array.from(order, (place) => all[place]!).sort() };
}

/** Both splits must mark the same landmarks. */
export function requireSameScheme(train: LandmarkDataset, test: LandmarkDataset): void {
  const [a, b] = [train.scheme.names, test.scheme.names];
  if (a.length === b.length && a.every((name, k) => name === b[k])) return;
  throw new UserError(
    'data',
    `${train.split} has ${a.length} landmarks and ${test.split} ${b.length}, or others; name splits with the same landmarks`,
  );
}
