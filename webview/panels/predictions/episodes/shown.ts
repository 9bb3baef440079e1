/** Everything that the parts of the episode browser draw from, once the stage's files are read. */
import type { PredictionsRun, PredictionsView } from '../../../../src/shared/protocol/panels/predictionsPanel';
import type { EpisodeResults, LayerEpisodes } from '../../../../src/shared/results/episodes';
import type { PictureStore } from '../../../ui/pictures';

export interface Shown {
  readonly run: PredictionsRun;
  readonly results: EpisodeResults;
  readonly layer: LayerEpisodes;
  /** All, in order. */
  readonly episodes: Int32Array;
  readonly view: PredictionsView;
  readonly pictures: PictureStore;
}
