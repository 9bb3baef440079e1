/**
 * One scene: emoji pasted on a drawn background, with exact labels. A pixel belongs to the front-most object that covers at
 * least half of it; masks, boxes and landmarks follow from that. Composed, and to be called so wherever it is shown.
 */
import { deriveRandom, type Random } from '../../shared/random';
import { scaleSprite, type Sprites } from './sprites';

/** Landmarks of each object: where its outline reaches farthest, and the middle of its pixels. */
export const LANDMARKS = ['left', 'top', 'right', 'bottom', 'middle'] as const;

export interface SceneObject {
  /** Index into the sprites' classes. */
  readonly category: number;
  readonly name: string;
  /** [size × size] 1 where the object is seen. */
  readonly mask: Uint8Array;
  /** [x, y, width, height] around what is seen. */
  readonly box: readonly [number, number, number, number];
  readonly area: number;
  /** Share of the object that is seen, above 0. */
  readonly visibleShare: number;
  /** x, y and 2 = seen, 1 = hidden behind another object; in the order of LANDMARKS. */
  readonly landmarks: readonly (readonly [number, number, number])[];
}

export interface Scene {
  readonly size: number;
  /** [size, size, 3] */
  readonly pixels: Uint8Array;
  readonly objects: readonly SceneObject[];
}

/** Scene `index` of a seed; others do not matter to it. size: pixels of a side, at least 32. */
export function composeScene(
  sprites: Sprites,
  { size, seed, index }: { size: number; seed: number; index: number },
): Scene {
  const random = deriveRandom(seed, 'emoji-scene', index);
  const colour = drawBackground(size, random);
  const owner = new Int16Array(size * size).fill(-1);
  const placed: Placed[] = [];
  const wanted = 2 + random.integer(5);
  for (let tries = 0; placed.length < wanted && tries < 10 * wanted; tries++) {
    const candidate = draw(sprites, size, random);
    if (!leavesOthersVisible(candidate, owner, placed)) continue;
    paste(candidate, placed.length, { size, colour, owner });
    placed.push(candidate);
  }
  return {
    size,
    pixels: Uint8Array.from(colour, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))),
    objects: placed.map((object, i) => describe(object, i, { size, owner, sprites })),
  };
}

interface Placed {
  readonly sprite: number;
  readonly side: number;
  readonly left: number;
  readonly top: number;
  readonly drawn: Float32Array;
  /** Places in the image that it covers at least half of. */
  readonly covered: readonly number[];
}

function draw(sprites: Sprites, size: number, random: Random): Placed {
  const sprite = random.integer(sprites.count);
  const side = Math.max(12, Math.round(size * random.uniformIn(0.15, 0.5)));
  const [left, top] = [random.integer(size - side + 1), random.integer(size - side + 1)];
  const drawn = scaleSprite(sprites, sprite, side, random.uniform() < 0.5);
  const covered: number[] = [];
  for (let p = 0; p < side * side; p++) {
    if (drawn[4 * p + 3]! >= 0.5) covered.push((top + Math.floor(p / side)) * size + left + (p % side));
  }
  return { sprite, side, left, top, drawn, covered };
}

/** At least a quarter of every object, and 16 pixels, must stay in sight: nothing in the picture goes without a label. */
function leavesOthersVisible(candidate: Placed, owner: Int16Array, placed: readonly Placed[]): boolean {
  if (candidate.covered.length < 16) return false;
  const hidden = new Set(candidate.covered);
  return placed.every((object, i) => {
    const seen = object.covered.filter((place) => owner[place] === i && !hidden.has(place)).length;
    return seen >= Math.max(16, object.covered.length / 4);
  });
}

interface Canvas {
  readonly size: number;
  readonly colour: Float32Array;
  readonly owner: Int16Array;
}

function paste({ side, left, top, drawn, covered }: Placed, index: number, { size, colour, owner }: Canvas): void {
  for (let p = 0; p < side * side; p++) {
    const alpha = drawn[4 * p + 3]!;
    const to = ((top + Math.floor(p / side)) * size + left + (p % side)) * 3;
    for (let c = 0; c < 3; c++) colour[to + c] = colour[to + c]! * (1 - alpha) + drawn[4 * p + c]!;
  }
  for (const place of covered) owner[place] = index;
}

/** A sloping colour with soft noise, [size, size, 3] in 0..1. */
function drawBackground(size: number, random: Random): Float32Array {
  const colour = new Float32Array(size * size * 3);
  const corners = Array.from({ length: 12 }, () => random.uniformIn(0.2, 0.9));
  for (let p = 0; p < size * size; p++) {
    const [x, y] = [(p % size) / size, Math.floor(p / size) / size];
    const noise = 0.04 * random.normal();
    for (let c = 0; c < 3; c++) {
      const upper = corners[c]! * (1 - x) + corners[3 + c]! * x;
      const lower = corners[6 + c]! * (1 - x) + corners[9 + c]! * x;
      colour[3 * p + c] = upper * (1 - y) + lower * y + noise;
    }
  }
  return colour;
}

function describe(
  { sprite, covered }: Placed,
  index: number,
  { size, owner, sprites }: { readonly size: number; readonly owner: Int16Array; readonly sprites: Sprites },
): SceneObject {
  const mask = new Uint8Array(size * size);
  const seen = covered.filter((place) => owner[place] === index);
  for (const place of seen) mask[place] = 1;
  const [xs, ys] = [seen.map((place) => place % size), seen.map((place) => Math.floor(place / size))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return {
    ...{ category: sprites.categories[sprite]!, name: sprites.names[sprite]!, mask, area: seen.length },
    box: [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1],
    visibleShare: seen.length / covered.length,
    landmarks: findLandmarks(covered, size).map((place) => [
      place % size,
      Math.floor(place / size),
      mask[place] === 1 ? 2 : 1,
    ]),
  };
}

/** Places of the five landmarks on the whole object; the first of equal ones, and the covered place nearest to the mean. */
function findLandmarks(covered: readonly number[], size: number): number[] {
  const x = (place: number): number => place % size;
  const y = (place: number): number => Math.floor(place / size);
  const least = (value: (place: number) => number): number =>
    covered.reduce((best, place) => (value(place) < value(best) ? place : best));
  const mean = (value: (place: number) => number): number =>
    covered.reduce((sum, place) => sum + value(place), 0) / covered.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const distance = (place: number): number => (x(place) - middleX) ** 2 + (y(place) - middleY) ** 2;
  return [least(x), least(y), least((place) => -x(place)), least((place) => -y(place)), least(distance)];
}
