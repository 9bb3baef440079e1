/**
 * Episodes of few-shot recognition (Vinyals et al. 2016, arXiv 1606.04080): in each, `ways` classes are drawn, `shots` images
 * of each to learn from (support) and `queries` others to recognise. An episode depends on the seed, its number and the rows
 * of the classes alone, so that all pretrainings meet the same ones and 600 episodes are the first of 2,000. Queries are
 * drawn before supports: the 1-shot episodes of a seed are the 5-shot ones with fewer supports.
 */
import { UserError } from '../../errors';
import { deriveRandom, type Random } from '../../random';

/** Rows of features that belong to one class. */
export interface ClassRows {
  /** Place of the class; for the caller. */
  readonly class: number;
  readonly support: Int32Array;
  /** The same array as `support` where both come from one split: then no row is drawn twice in an episode. */
  readonly query: Int32Array;
}

export interface EpisodeShape {
  readonly ways: number;
  readonly shots: number;
  readonly queries: number;
  readonly episodes: number;
}

/** Supports and queries stand class by class in the order of `way`. */
export interface Episodes extends EpisodeShape {
  /** [episodes, ways] places of classes */
  readonly way: Int32Array;
  /** [episodes, ways · shots] rows */
  readonly support: Int32Array;
  /** [episodes, ways · queries] rows */
  readonly query: Int32Array;
}

/** Whether a class has enough images for an episode. */
export function isLargeEnough({ support, query }: ClassRows, { shots, queries }: EpisodeShape): boolean {
  return support === query ? support.length >= shots + queries : support.length >= shots && query.length >= queries;
}

/** Draws episodes from the classes that are large enough. Throws a user error when they are fewer than `ways`. */
export function drawEpisodes(classes: readonly ClassRows[], shape: EpisodeShape, seed: number): Episodes {
  const { ways, shots, queries, episodes } = shape;
  const usable = classes.filter((rows) => isLargeEnough(rows, shape));
  if (usable.length < ways) throw tooFew(classes.length, usable.length, shape);
  const drawn: Episodes = {
    ...shape,
    way: new Int32Array(episodes * ways),
    support: new Int32Array(episodes * ways * shots),
    query: new Int32Array(episodes * ways * queries),
  };
  const order = Int32Array.from(usable.keys());
  for (let episode = 0; episode < episodes; episode++) {
    const chosen = takeRandom(order, ways, deriveRandom(seed, 'episode', episode));
    for (let w = 0; w < ways; w++) {
      const rows = usable[chosen[w]!]!;
      const place = episode * ways + w;
      const random = deriveRandom(seed, 'episode-images', episode, w);
      drawn.way[place] = rows.class;
      const isOne = rows.support === rows.query;
      const queryRows = takeRandom(rows.query, isOne ? queries + shots : queries, random);
      drawn.query.set(queryRows.subarray(0, queries), place * queries);
      drawn.support.set(isOne ? queryRows.subarray(queries) : takeRandom(rows.support, shots, random), place * shots);
    }
  }
  return drawn;
}

/** `count` different elements in random order: the beginning of a Fisher-Yates shuffle. Leaves `from` as it is. */
function takeRandom(from: Int32Array, count: number, random: Random): Int32Array {
  const pool = from.slice();
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(pool.length - i);
    const kept = pool[i]!;
    pool[i] = pool[j]!;
    pool[j] = kept;
  }
  return pool.subarray(0, count);
}

function tooFew(classes: number, usable: number, { ways, shots, queries }: EpisodeShape): UserError {
  return new UserError(
    'data',
    `${ways}-way episodes need ${ways} classes with ${shots} images to learn from and ${queries} others to recognise, but ${usable} of the ${classes} classes have as many; lower ways, shots or queries`,
  );
}
