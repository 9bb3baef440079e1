/** Everything that the parts of the episode browser draw from, once the stage's files are read. */
import type { PredictionsRun, PredictionsView } from '../../../../src/shared/protocol/panels/predictionsPanel';
import type { EpisodeResults, LayerEpisodes } from '../../../../src/shared/results/episodes';
import { chosenLayer, orderEpisodes } from '../../../../src/shared/views/predictions/episodeFigures';
import type { PictureStore } from '../../../ui/pictures';
import type { ReadEpisodes } from './reading';

export interface Shown {
  readonly run: PredictionsRun;
  readonly results: EpisodeResults;
  readonly layer: LayerEpisodes;
  /** All, in order. */
  readonly episodes: Int32Array;
  readonly view: PredictionsView;
  readonly pictures: PictureStore;
}

export function composeShown(read: ReadEpisodes, kept: PredictionsView): Shown {
  const view = knownView(kept, read.results);
  const layer = chosenLayer(read.results, view.episodes.layer);
  return { ...read, view, layer, episodes: orderEpisodes(layer, view.episodes.order) };
}

/** What is kept may name an episode that is not there any more. */
function knownView(view: PredictionsView, { index }: EpisodeResults): PredictionsView {
  const { episode } = view.episodes;
  return episode < index.episodes ? view : { ...view, episodes: { ...view.episodes, episode: 0, query: undefined } };
}
