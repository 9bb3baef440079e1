/** Hoiem's types: drawn cases with known answers, and random sets against the definition read out loud. */
import { describe, expect, it } from 'vitest';
import {
  HOIEM_TYPES,
  judgeHoiem,
  meanShares,
  shareHoiem,
  UNCOUNTED,
} from '../../../../../src/shared/math/detection/hoiem';
import { compareShares, weighShares } from '../../../../../src/shared/math/detection/hoiemDifference';
import { computeHoiemGains, growHoiem } from '../../../../../src/shared/math/detection/hoiemGains';
import { findSimilar, groupCategories } from '../../../../../src/shared/math/detection/similarCategories';
import { deriveRandom } from '../../../../../src/shared/random';
import { bytesOf } from './detectionFiles';
import { buildVocTruth, indexVocCategories, indexVocImages } from '../../../../../src/shared/detection/vocTables';
import { parseCocoResults } from '../../../../../src/shared/detection/cocoResults';
import type { Detections, GroundTruth } from '../../../../../src/shared/results/detections';

type Box = [number, number, number, number];
interface Thing {
  readonly image: number;
  readonly name: string;
  readonly box: Box;
  readonly difficult?: boolean;
  readonly score?: number;
}

function build(
  objects: readonly Thing[],
  found: readonly Thing[],
  images = 3,
): { truth: GroundTruth; detections: Detections } {
  const annotations = Array.from({ length: images }, (_, image) => ({
    id: `00000${image}`,
    annotation: {
      ...{ filename: '', width: 100, height: 100, problems: [] },
      objects: objects
        .filter((object) => object.image === image)
        .map(({ name, box, difficult = false }) => ({
          ...{ name, box, difficult, truncated: false, occluded: false, pose: '', parts: [] },
        })),
    },
  }));
  const truth = buildVocTruth(annotations).value!;
  const results = found.map(({ image, name, box, score = 0.5 }) => ({
    ...{ image_id: `00000${image}`, category_id: name, bbox: box, score },
  }));
  const detections = parseCocoResults(bytesOf(JSON.stringify(results)), {
    ...{ truth, iouType: 'bbox' as const },
    ...{ imageIndex: indexVocImages(truth), categoryIndex: indexVocCategories(truth) },
  }).value!;
  return { truth, detections };
}

const typesOf = ({ truth, detections }: ReturnType<typeof build>): (string | undefined)[] =>
  Array.from(judgeHoiem(truth, detections).types, (type) => (type === UNCOUNTED ? 'uncounted' : HOIEM_TYPES[type]));

describe("Hoiem's types", () => {
  const objects: Thing[] = [
    { image: 0, name: 'cat', box: [10, 10, 20, 20] },
    { image: 0, name: 'dog', box: [50, 50, 20, 20] },
    { image: 0, name: 'sofa', box: [10, 60, 20, 20] },
    { image: 1, name: 'cat', box: [10, 10, 20, 20], difficult: true },
  ];

  it.each([
    ['the object itself', [{ image: 0, name: 'cat', box: [10, 10, 20, 20] }], ['cor']],
    ['overlap of exactly 0.5', [{ image: 0, name: 'cat', box: [10, 10, 10, 20] }], ['cor']],
    ['overlap below 0.5', [{ image: 0, name: 'cat', box: [10, 10, 9, 20] }], ['loc']],
    ['overlap of exactly 0.1', [{ image: 0, name: 'cat', box: [10, 10, 2, 20] }], ['loc']],
    [
      'a second detection',
      [
        { image: 0, name: 'cat', box: [10, 10, 20, 20], score: 0.9 },
        { image: 0, name: 'cat', box: [10, 10, 20, 19] },
      ],
      ['cor', 'loc'],
    ],
    ['a cat where a dog is', [{ image: 0, name: 'cat', box: [50, 50, 20, 20] }], ['sim']],
    ['a cat where a sofa is', [{ image: 0, name: 'cat', box: [10, 60, 20, 20] }], ['oth']],
    ['a cat where nothing is', [{ image: 0, name: 'cat', box: [80, 10, 10, 10] }], ['bg']],
    ['a cat in an empty image', [{ image: 2, name: 'cat', box: [10, 10, 20, 20] }], ['bg']],
    ['a difficult object', [{ image: 1, name: 'cat', box: [10, 10, 20, 20] }], ['uncounted']],
    ['a difficult object badly placed', [{ image: 1, name: 'cat', box: [10, 10, 9, 20] }], ['loc']],
  ] as [string, Thing[], string[]][])('%s', (_, found, expected) => {
    expect(typesOf(build(objects, found))).toEqual(expected);
  });

  it('knows which classes are similar', () => {
    const { truth } = build(objects, []);
    const { names } = truth.categories;
    const similar = findSimilar(truth.categories).map((set) => [...set].map((k) => names[k]));
    expect(similar[names.indexOf('bird')]).toContain('aeroplane');
    expect(similar[names.indexOf('bottle')]).toEqual([]);
    expect(similar[names.indexOf('person')]).toContain('cat');
    expect(similar[names.indexOf('car')]).not.toContain('bird');
    expect([...groupCategories(truth.categories).keys()]).toEqual(['animals', 'vehicles', 'furniture']);
    const coco = { ids: [1, 2, 3], names: ['a', 'b', 'c'], groups: ['x', 'x', ''] };
    expect(findSimilar(coco).map((set) => [...set])).toEqual([[1], [0], []]);
  });

  it('equals the definition on random sets', () => {
    for (let seed = 0; seed < 20; seed++) {
      const made = makeRandom(seed);
      const built = build(made.objects, made.found);
      expect(typesOf(built)).toEqual(bySlowLoop(made, [...built.detections.places]));
      const rows = shareHoiem(judgeHoiem(built.truth, built.detections));
      for (const { shares, counted } of rows) {
        if (counted > 0) expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('counts only the N surest of a class with N objects', () => {
    const found: Thing[] = [
      { image: 0, name: 'cat', box: [10, 10, 20, 20], score: 0.9 },
      { image: 0, name: 'cat', box: [80, 10, 10, 10], score: 0.8 },
    ];
    const { truth, detections } = build(objects, found);
    const [row] = shareHoiem(judgeHoiem(truth, detections));
    expect(row).toMatchObject({ objects: 1, counted: 1, shares: { cor: 1, bg: 0 } });
    expect(meanShares([row!]).cor).toBe(1);
  });

  it('gains what removing and correcting give when done by hand', () => {
    const found: Thing[] = [
      { image: 0, name: 'cat', box: [80, 10, 10, 10], score: 0.9 },
      { image: 0, name: 'cat', box: [10, 10, 9, 20], score: 0.8 },
      { image: 0, name: 'dog', box: [10, 60, 20, 20], score: 0.7 },
    ];
    const cats = objects.filter(({ name }) => name === 'cat' || name === 'sofa');
    const { truth, detections } = build(cats, found);
    const gains = computeHoiemGains(truth, detections, judgeHoiem(truth, detections));
    // Classes with objects: cat, sofa. Cat: BG before Loc. Corrected, the Loc is a hit at rank 2: AP 1/2, mean 1/4.
    expect(gains.ap).toBe(0);
    expect(gains.corrected.loc).toBeCloseTo(0.25, 12);
    expect(gains.removed.loc).toBe(0);
    // The dog covers the sofa: as a sofa it is the only one, AP 1, mean 1/2.
    expect(gains.corrected.oth).toBeCloseTo(0.5, 12);
    const growth = growHoiem(judgeHoiem(truth, detections), detections, [...truth.categories.ids.keys()]);
    expect(growth.at(-1)).toEqual({ falsePositives: 3, shares: { loc: 1 / 3, sim: 0, oth: 1 / 3, bg: 1 / 3 } });
  });

  it('weighs images as if they were repeated, and finds no difference of a run to itself', () => {
    const made = makeRandom(3);
    const built = build(made.objects, made.found);
    const run = { detections: built.detections, verdicts: judgeHoiem(built.truth, built.detections) };
    const once = weighShares(built.truth, run, [1, 1, 1]);
    const shares = meanShares(shareHoiem(run.verdicts));
    HOIEM_TYPES.forEach((type, i) => expect(once[i]).toBeCloseTo(shares[type], 12));
    const twice = weighShares(built.truth, run, [2, 2, 2]);
    twice.forEach((share, i) => expect(share).toBeCloseTo(once[i]!, 12));
    const { cor } = compareShares(built.truth, [run, run], { seed: 0, resamples: 20 });
    expect(cor).toEqual({ difference: 0, low: 0, high: 0 });
  });
});

function makeRandom(seed: number): { objects: Thing[]; found: Thing[] } {
  const random = deriveRandom(seed, 'test-hoiem');
  const names = ['cat', 'dog', 'sofa', 'bottle'];
  const box = (): Box => [random.integer(60), random.integer(60), 10 + random.integer(30), 10 + random.integer(30)];
  const objects = Array.from({ length: 12 }, () => ({
    ...{ image: random.integer(3), name: names[random.integer(4)]!, box: box(), difficult: random.uniform() < 0.2 },
  })).sort((a, b) => a.image - b.image);
  const found = Array.from({ length: 60 }, () => {
    const near = objects[random.integer(12)]!;
    const moved = near.box.map((side) => side + random.integer(9) - 4) as Box;
    const name = random.uniform() < 0.6 ? near.name : names[random.integer(4)]!;
    const isNear = random.uniform() < 0.7;
    return {
      image: isNear ? near.image : random.integer(3),
      name,
      box: isNear ? moved : box(),
      score: random.integer(40) / 40,
    };
  });
  return { objects, found };
}

/** The definition, detection by detection. */
function bySlowLoop({ objects, found }: ReturnType<typeof makeRandom>, places: readonly number[]): string[] {
  const similar = (a: string, b: string): boolean =>
    a !== b && [a, b].every((name) => name === 'cat' || name === 'dog');
  const claimed = new Set<Thing>();
  const verdicts = new Map<Thing, string>();
  const ranked = [...found].sort((a, b) => b.score! - a.score!);
  for (const thing of ranked) {
    const here = objects
      .filter(({ image }) => image === thing.image)
      .map((object) => ({ object, iou: overlap(thing.box, object.box) }));
    const own = here.filter(({ object }) => object.name === thing.name).sort((a, b) => b.iou - a.iou);
    const free = own.find(({ object, iou }) => iou >= 0.5 && !object.difficult && !claimed.has(object));
    const isNear = (test: (name: string) => boolean) => here.some(({ object, iou }) => iou >= 0.1 && test(object.name));
    if (own[0] && own[0].iou >= 0.5 && own[0].object.difficult) verdicts.set(thing, 'uncounted');
    else if (free) {
      claimed.add(free.object);
      verdicts.set(thing, 'cor');
    } else if (isNear((name) => name === thing.name)) verdicts.set(thing, 'loc');
    else if (isNear((name) => similar(name, thing.name))) verdicts.set(thing, 'sim');
    else verdicts.set(thing, isNear((name) => name !== thing.name) ? 'oth' : 'bg');
  }
  return places.map((place) => verdicts.get(found[place]!)!);
}

function overlap([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  let common = 0;
  for (let x = ax; x < ax + aw; x++)
    for (let y = ay; y < ay + ah; y++) if (x >= bx && x < bx + bw && y >= by && y < by + bh) common++;
  return common / (aw * ah + bw * bh - common);
}
