/** What a report says of a layer's channels, and when its numbers mislead. */
import type { LayerScore } from '../../../shared/results/records';
import type { Findings, StudiedLayer } from './activationsFiles';

export function scoreLayer(
  { layer, channels, summaries, matches }: StudiedLayer,
  position: number,
  layers: number,
): LayerScore {
  const live = summaries.filter(({ varies }) => varies);
  const selectivity = meanOf(live.map((summary) => summary.selectivity));
  const likeness = meanOf([...(matches?.likeness ?? [])]);
  return {
    layer,
    depth: layers > 1 ? position / (layers - 1) : 1,
    dimension: channels,
    metrics: {
      deadChannels: 1 - live.length / channels,
      activeShare: meanOf(live.map(({ active }) => active)) ?? 0,
      ...(selectivity !== undefined && { selectivity }),
      ...(likeness !== undefined && { matchLikeness: likeness }),
    },
  };
}

/** Of the numbers among them. */
function meanOf(values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const FEW_PER_CLASS = 10;

export function notesOf({ against, dataset, scanned, layers }: Findings): string[] {
  const notes: string[] = [];
  const classes = dataset.classes.length;
  if (classes > 1 && scanned < FEW_PER_CLASS * classes)
    notes.push(`${scanned} images of ${classes} classes were scanned: selectivity comes out too high; raise "scan"`);
  const unsure = layers.find(({ answers, channels }) => answers && answers[0].rows < 10 * Math.log(channels));
  if (against !== undefined && unsure)
    notes.push(`too few images were scanned to match channels with ${against}'s; raise "scan"`);
  const thin = layers.find(({ dense, height, width }) => height * width > 1 && !dense.features);
  if (thin) notes.push(`the features of ${thin.layer} are too large to keep; look at fewer images or layers`);
  return notes;
}
