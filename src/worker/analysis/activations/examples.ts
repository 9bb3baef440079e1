/** Parts of images that channels answer to most, cut out and put on sheets. */
import sharp from 'sharp';
import { Cancelled } from '../../../shared/errors';
import type { TopEntry } from '../../../shared/math/activations/topList';
import type { ChannelExample } from '../../../shared/results/activations';
import type { AugmentPool } from '../../augment/augmentPool';
import type { Dataset, RgbImage } from '../../data/dataset';
import { cutSquare } from '../../data/imageStore';
import type { StageContext } from '../../stageContext';
import { PictureStack, toPixels } from '../pixelImages';

/** Side of a tile, px. */
export const TILE = 64;
/** Tiles in all: 100 MB of pixels. */
export const MOST_TILES = 8192;
const BATCH = 32;

/** An answer and the part of the picture that it rests on. */
export interface WantedExample extends TopEntry {
  /** Row and column in the map. */
  readonly place: readonly [number, number];
  /** Left, top, side in px. */
  readonly crop: readonly [number, number, number];
}

export interface ExampleSource {
  readonly pool: AugmentPool;
  readonly size: number;
}

/** Tile i shows example i; every image is read once. */
export async function cutExamples(
  { pool, size }: ExampleSource,
  wanted: readonly WantedExample[],
  context: StageContext,
): Promise<PictureStack> {
  const tiles = new PictureStack(wanted.length, TILE);
  const byImage = new Map<number, number[]>();
  wanted.forEach(({ image }, tile) => byImage.set(image, [...(byImage.get(image) ?? []), tile]));
  const images = Int32Array.from(byImage.keys()).sort();
  for (let from = 0; from < images.length; from += BATCH) {
    if (context.signal.aborted) throw new Cancelled();
    const chosen = images.subarray(from, from + BATCH);
    const { views } = await pool.evalBatch(chosen);
    for (const [i, image] of chosen.entries()) {
      const pixels = toPixels(views[0]!.subarray(i * size * size * 3, (i + 1) * size * size * 3));
      for (const tile of byImage.get(image)!)
        tiles.set(tile, await cutTile({ width: size, height: size, pixels }, wanted[tile]!));
    }
    context.progress(Math.min(images.length, from + BATCH), images.length, 'images', 'cutting out examples');
  }
  return tiles;

  async function cutTile(picture: RgbImage, { crop: [left, top, side] }: WantedExample): Promise<Uint8Array> {
    const square = cutSquare(picture, { left, top, side });
    const raw = { width: side, height: side, channels: 3 } as const;
    return new Uint8Array(await sharp(square.pixels, { raw }).resize(TILE, TILE, { kernel: 'cubic' }).raw().toBuffer());
  }
}

/** As it stands in the file. */
export function describeExample(
  { image, value, place, crop }: WantedExample,
  { names, classes, labels }: Dataset,
): ChannelExample {
  const label = classes[labels[image]!] ?? '';
  return { place: image, name: names[image]!, label, value, at: [...place], crop: [...crop] };
}
