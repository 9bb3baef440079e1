/** How panels that show stages of one transfer follow what is looked at: whose results, which image. Pure. */
import type { Experiment } from '../../experiment/schema';
import type { SelectedImage } from '../../protocol/panels/selection';
import { placeOfImage } from './linkedSelection';

/** Where the test images of a transfer come from. */
export type ImageSource = Omit<SelectedImage, 'name'>;

/** Undefined where it is not known what the run was launched with. */
export function testImagesOf(
  launched: Experiment | undefined,
  transferId: string | undefined,
): ImageSource | undefined {
  const transfer = launched?.transfers.find(({ id }) => id === transferId);
  if (!transfer || !('test' in transfer) || transfer.test === undefined) return undefined;
  return { data: transfer.data, split: transfer.test };
}

/** Place of an image among a stage's test images; -1 where it is not one of them. */
export function findImage(source: ImageSource | undefined, names: readonly string[], image: SelectedImage): number {
  return source?.data === image.data && source.split === image.split ? placeOfImage(names, image.name) : -1;
}

interface RunOfPretraining {
  readonly id: string;
  readonly pretraining?: string;
  readonly seed?: number;
}

/**
 * The id of what is to be compared with so that a pretraining is seen; undefined when it is seen or not there. Of several
 * seeds the first run's is preferred.
 */
export function runOfPretraining<Run extends RunOfPretraining>(
  shown: readonly Run[],
  others: readonly Run[],
  pretraining: string,
): string | undefined {
  if (shown.some((run) => run.pretraining === pretraining)) return undefined;
  const own = others.filter((run) => run.pretraining === pretraining);
  return (own.find(({ seed }) => seed === shown[0]?.seed) ?? own[0])?.id;
}
