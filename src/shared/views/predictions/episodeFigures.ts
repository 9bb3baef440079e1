/** All figures of the episode browser: what each query was taken for, how episodes differ, and their order. */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { SelectedImage } from '../../protocol/panels/selection';
import type { EpisodeResults, LayerEpisodes } from '../../results/episodes';
import { isSameImage } from '../selection/linkedSelection';

/** '' or a layer that is not there is the last. */
export function chosenLayer({ layers }: EpisodeResults, layer: string): LayerEpisodes {
  return layers.find((one) => one.layer === layer) ?? layers.at(-1)!;
}

export interface EpisodeQuery {
  /** Place in the episode. */
  readonly place: number;
  /** Place in the index's pictures. */
  readonly picture: number;
  /** Place of its class, and of the predicted one, among the episode's. */
  readonly truth: number;
  readonly predicted: number;
}

export interface EpisodeClass {
  readonly name: string;
  /** Places in the index's pictures. */
  readonly support: readonly number[];
  readonly queries: readonly EpisodeQuery[];
}

/** The classes of an episode in their order, with what `layer` took their queries for. */
export function listEpisode(results: EpisodeResults, layer: LayerEpisodes, episode: number): EpisodeClass[] {
  const { ways, shots, queries, classes } = results.index;
  return Array.from({ length: ways }, (_, way) => {
    const supports = (episode * ways + way) * shots;
    return {
      name: classes[results.way[episode * ways + way]!]!,
      support: [...results.support.subarray(supports, supports + shots)],
      queries: Array.from({ length: queries }, (__, i) => {
        const place = way * queries + i;
        const at = episode * ways * queries + place;
        return { place, picture: results.query[at]!, truth: way, predicted: layer.predictions[at]! };
      }),
    };
  });
}

/** The query that shows an image, of the present episode if it can be; undefined where no episode asks for the image. */
export function findQuery(
  { index, query }: Pick<EpisodeResults, 'index' | 'query'>,
  image: SelectedImage,
  present: number,
): { readonly episode: number; readonly query: number } | undefined {
  const picture = index.pictures.findIndex(({ name, split }) => isSameImage({ ...image, split, name }, image));
  if (picture < 0) return undefined;
  const size = index.ways * index.queries;
  const here = query.subarray(present * size, (present + 1) * size).indexOf(picture);
  if (here >= 0) return { episode: present, query: here };
  const at = query.indexOf(picture);
  return at < 0 ? undefined : { episode: Math.floor(at / size), query: at % size };
}

/** Mean accuracy over episodes with its 95 % interval, by layer. */
export function summariseLayers({ layers }: EpisodeResults): (MeanInterval & { readonly layer: string })[] {
  return layers.map(({ layer, accuracy }) => ({ layer, ...meanInterval(accuracy) }));
}

/** Episodes as they were drawn, or by their accuracy; ties as they were drawn. */
export function orderEpisodes({ accuracy }: LayerEpisodes, order: 'drawn' | 'worst' | 'best'): Int32Array {
  const episodes = Int32Array.from(accuracy.keys());
  if (order === 'drawn') return episodes;
  const sign = order === 'worst' ? 1 : -1;
  return episodes.sort((a, b) => sign * (accuracy[a]! - accuracy[b]!) || a - b);
}

/** How many values are in each of `bins` even parts of 0..1; the last one holds 1, too. */
export function countBins(values: ArrayLike<number>, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  // Shares like 12 / 20 lie on a bin's edge, and must not fall below it by rounding.
  for (const value of Array.from(values)) counts[Math.min(bins - 1, Math.floor(value * bins + 1e-9))]!++;
  return counts;
}
