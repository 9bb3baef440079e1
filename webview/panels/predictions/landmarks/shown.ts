/** Everything that the parts of the panel draw from, once the stages' files are read. */
import { exampleError, type LandmarkRun } from '../../../../src/shared/views/predictions/landmarkFigures';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { drawnPair, runLetter } from '../../../ui/comparison';
import type { PictureStore } from '../../../ui/pictures';
import type { ShownTask } from '../imageTask';

export interface Shown extends ShownTask {
  readonly figures: readonly LandmarkRun[];
  /** Error from which an example has failed. */
  readonly threshold: number;
  readonly pictures: PictureStore;
}

/** Runs whose points are drawn, one beside the other. */
export function drawnRuns({ runs, view }: Pick<Shown, 'runs' | 'view'>, blink: number): number[] {
  return runs.length < 2 ? [0] : drawnPair(view.layout, blink);
}

/** `4.2`, `not found` where there is no prediction, `–` where nothing counts. */
export function formatError(error: number): string {
  return error === Infinity ? 'not found' : formatShare(error);
}

/** `error 4.2 %`; of two runs `error A 4.2, B 5.1 %`. */
export function describeExample({ figures, view }: Pick<Shown, 'figures' | 'view'>, example: number): string {
  const errors = figures.map((run) => formatError(exampleError(run, example, view.landmarks.landmark)));
  const texts = errors.length === 1 ? errors : errors.map((error, run) => `${runLetter(run)} ${error}`);
  return `error ${texts.join(', ')} %`;
}
