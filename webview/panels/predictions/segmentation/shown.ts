/** Everything that the parts of the panel draw from, once the stages' files are read. */
import type { LabelPart } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { labelSheetName, type SegmentedImage } from '../../../../src/shared/results/segmentations';
import type { Rgb } from '../../../../src/shared/views/classColours';
import { wrongShare, type SegmentationRun } from '../../../../src/shared/views/predictions/segmentationFigures';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { drawnPair, runLetter } from '../../../ui/comparison';
import type { PictureStore } from '../../../ui/pictures';
import type { LabelAsk } from '../engineMessages';
import type { ShownTask } from '../imageTask';
import type { LabelStore } from './labels';

export interface Shown extends ShownTask {
  readonly figures: readonly SegmentationRun[];
  readonly colours: readonly Rgb[];
  readonly pictures: PictureStore;
  readonly labels: LabelStore;
}

export interface DrawnLabels {
  readonly run: number;
  readonly part: LabelPart;
  readonly caption: string;
}

const partNames: Readonly<Record<LabelPart, string>> = {
  truth: 'Ground truth',
  predicted: 'Prediction',
  difference: 'Difference',
};

/** What is drawn of an image, one beside the other: two runs, or truth and prediction of one. */
export function drawnLabels({ runs, view }: Pick<Shown, 'runs' | 'view'>, blink: number): DrawnLabels[] {
  const { part } = view.segmentation;
  if (runs.length > 1)
    return drawnPair(view.layout, blink).map((run) => ({
      ...{ run, part },
      caption: `${runLetter(run)}: ${runs[run]!.name}`,
    }));
  if (part === 'truth') return [{ run: 0, part, caption: partNames.truth }];
  return drawnPair(view.layout, blink).map((place) => {
    const shown = place === 0 ? 'truth' : part;
    return { run: 0, part: shown, caption: partNames[shown] };
  });
}

export function imageOf({ figures }: Pick<Shown, 'figures'>, image: number, run = 0): SegmentedImage {
  return figures[run]!.index.images[image]!;
}

/** Where the worker finds an image's labels. */
export function labelAsk({ runs, figures }: Pick<Shown, 'runs' | 'figures'>, run: number, image: number): LabelAsk {
  const { place, width, height } = imageOf({ figures }, image, run);
  const { sheet, x, y } = place;
  const nameOf = (part: 'truth' | 'predicted'): string => `${runs[run]!.folder}/${labelSheetName(part, sheet)}`;
  return { truth: nameOf('truth'), predicted: nameOf('predicted'), x, y, width, height };
}

/** `12.3 % wrong`; of two runs `wrong A 12.3, B 9.1 %`. */
export function describeImage({ figures }: Pick<Shown, 'figures'>, image: number): string {
  const shares = figures.map((run) => formatShare(wrongShare(run, image)));
  if (shares.length === 1) return `${shares[0]} % wrong`;
  return `wrong ${shares.map((share, run) => `${runLetter(run)} ${share}`).join(', ')} %`;
}
