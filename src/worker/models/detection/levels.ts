/** The feature maps of a pyramid as places in the image: which location, how far apart, on which level. */
import type * as tf from '@tensorflow/tfjs-core';

export interface Level {
  readonly height: number;
  readonly width: number;
  /** Distance of neighbouring locations in px of the input: ⌊input / grid⌋, as torchvision's AnchorGenerator has it. */
  readonly strideY: number;
  readonly strideX: number;
  /** Nominal stride, which sizes refer to: 8, 16, 32 … */
  readonly size: number;
}

/** `maps`: [N, H, W, C] each, finest first, of images of the given height and width; `firstSize`: stride of the first. */
export function describeLevels(
  maps: readonly tf.Tensor4D[],
  { height, width, firstSize }: { readonly height: number; readonly width: number; readonly firstSize: number },
): Level[] {
  return maps.map((map, i) => ({
    height: map.shape[1],
    width: map.shape[2],
    strideY: Math.floor(height / map.shape[1]),
    strideX: Math.floor(width / map.shape[2]),
    size: firstSize * 2 ** i,
  }));
}

export function countLocations(levels: readonly Level[]): number {
  return levels.reduce((sum, { height, width }) => sum + height * width, 0);
}

/** Every location of every level, row by row, finest level first; they lie on corners of the stride's grid, from 0. */
export function forEachLocation(
  levels: readonly Level[],
  visit: (place: { readonly index: number; readonly x: number; readonly y: number; readonly level: number }) => void,
): void {
  let index = 0;
  levels.forEach(({ height, width, strideY, strideX }, level) => {
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        visit({ index: index++, x: column * strideX, y: row * strideY, level });
  });
}
