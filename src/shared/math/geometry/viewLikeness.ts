/**
 * How alike two augmented views of one image are, views of two images of a class, and views of images of different classes:
 * three histograms of cosines, and what follows from them. Supervised training asks the first two to become equal (Zhao et al.
 * 2021, arXiv 2006.06606, section 4: task misalignment); alignment as Wang & Isola 2020, arXiv 2005.10242.
 */

export const likenessSorts = ['sameImage', 'sameClass', 'otherClass'] as const;
export type LikenessSort = (typeof likenessSorts)[number];

export interface ViewLikeness {
  /** Mean cosines in -1..1 of pairs of a first and a second view. */
  readonly sameImageCosine: number;
  readonly sameClassCosine: number;
  readonly otherClassCosine: number;
  /** (same image − same class) / (same image − other class): 0 where classes are points, 1 where class mates are strangers. */
  readonly withinClassShare: number;
  /** Share of pairs of class mates that are less alike than the two views of the first, in 0..1; ties count half. */
  readonly instanceAuc: number;
  /** Mean |u − v|² of the two views on the unit sphere, in 0..4. */
  readonly alignment: number;
  readonly histogram: CosineHistogram;
}

export interface CosineHistogram {
  /** Ends of the bins, which are equally wide. */
  readonly low: number;
  readonly high: number;
  /** [bins] pairs in each. */
  readonly counts: Readonly<Record<LikenessSort, readonly number[]>>;
}

export interface ViewCosines {
  /** [images] class of each. */
  readonly labels: ArrayLike<number>;
  /** Cosines of the first views of `count` images from `from` on with the second views of all: [count, images]. */
  cosines(from: number, count: number): ArrayLike<number>;
}

const BINS = 40;
/** Rows at a time: memory is this times the number of images. */
const BLOCK = 256;

/** Needs two images of one class and two classes, else NaN. The products are asked for twice: for the range, and to count. */
export function viewLikeness(views: ViewCosines): ViewLikeness {
  const sums = { sameImage: 0, sameClass: 0, otherClass: 0 };
  const pairs = { sameImage: 0, sameClass: 0, otherClass: 0 };
  let [low, high, below] = [Infinity, -Infinity, 0];
  eachPair(views, (sort, cosine, own) => {
    sums[sort] += cosine;
    pairs[sort]++;
    low = Math.min(low, cosine);
    high = Math.max(high, cosine);
    if (sort === 'sameClass') below += cosine < own ? 1 : cosine === own ? 0.5 : 0;
  });
  const means = likenessSorts.map((sort) => sums[sort] / pairs[sort]) as [number, number, number];
  const [sameImageCosine, sameClassCosine, otherClassCosine] = means;
  return {
    ...{ sameImageCosine, sameClassCosine, otherClassCosine },
    withinClassShare: (sameImageCosine - sameClassCosine) / (sameImageCosine - otherClassCosine),
    instanceAuc: below / pairs.sameClass,
    alignment: 2 - 2 * sameImageCosine,
    histogram: countCosines(views, low, high),
  };
}

function countCosines(views: ViewCosines, low: number, high: number): CosineHistogram {
  const empty = () => new Array<number>(BINS).fill(0);
  const counts = { sameImage: empty(), sameClass: empty(), otherClass: empty() };
  const scale = high > low ? BINS / (high - low) : 0;
  eachPair(views, (sort, cosine) => counts[sort][Math.min(BINS - 1, Math.floor((cosine - low) * scale))]!++);
  return { low, high, counts };
}

/** Calls with each first and second view, and with the cosine of the two views of the first's image. */
function eachPair(
  { labels, cosines }: ViewCosines,
  take: (sort: LikenessSort, cosine: number, own: number) => void,
): void {
  const { length } = labels;
  for (let from = 0; from < length; from += BLOCK) {
    const count = Math.min(BLOCK, length - from);
    const values = cosines(from, count);
    for (let row = 0; row < count; row++) {
      const i = from + row;
      const own = values[row * length + i]!;
      for (let j = 0; j < length; j++) {
        const sort = j === i ? 'sameImage' : labels[j] === labels[i] ? 'sameClass' : 'otherClass';
        take(sort, values[row * length + j]!, own);
      }
    }
  }
}
