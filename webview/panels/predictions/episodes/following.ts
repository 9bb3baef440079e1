/** What the episode browser follows of other panels' choices, and what it tells them of its own. Pure. */
import type { EpisodesLook, PredictionsModel } from '../../../../src/shared/protocol/panels/predictionsPanel';
import type { SelectionChange } from '../../../../src/shared/protocol/panels/selection';
import { findQuery } from '../../../../src/shared/views/predictions/episodeFigures';
import type { Shown } from './shown';

/** Another panel may have chosen a layer or an image; empty where nothing of it is here. */
export function followEpisodes(
  { images }: PredictionsModel,
  { results, view }: Shown,
  { layer, image }: SelectionChange,
): Partial<EpisodesLook> {
  const query = image && image.data === images?.data ? findQuery(results, image, view.episodes.episode) : undefined;
  const hasLayer = layer && results.layers.some((one) => one.layer === layer);
  return { ...(hasLayer && { layer }), ...query };
}

export function selectionOfLook(
  { images }: PredictionsModel,
  { results, view }: Shown,
  { layer, query }: Partial<EpisodesLook>,
): SelectionChange {
  const { ways, queries, pictures } = results.index;
  const at = query === undefined ? undefined : results.query[view.episodes.episode * ways * queries + query];
  const picture = at === undefined ? undefined : pictures[at];
  return {
    ...(layer && { layer }),
    ...(picture && images && { image: { data: images.data, split: picture.split, name: picture.name } }),
  };
}
