/** Features at places of a batch's feature maps, with where each place is and what colour the image has there. */
import * as tf from '@tensorflow/tfjs-core';
import { imagenetMean, imagenetStd } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { Backbone } from '../models/backbone';

/** Across, down, brightness and two hues. */
export const TARGETS = 5;

export interface ReadPlaces {
  /** [rows, channels] */
  readonly features: tf.Tensor2D;
  /** [rows, 2 · TARGETS]: the truth, then the same shuffled over the rows. */
  readonly targets: Float32Array;
  /** Whether the layer has more than one place. */
  readonly hasPlaces: boolean;
}

interface HowToRead {
  readonly layers: readonly string[];
  /** Places of each image at most. */
  readonly places: number;
  readonly imageSize: number;
  readonly random: Random;
}

/** By layer; pixels: [n, imageSize, imageSize, 3], normalised. The caller disposes `features`. */
export function readPlaces(
  backbone: Backbone,
  pixels: Float32Array,
  { layers, places, imageSize, random }: HowToRead,
): Map<string, ReadPlaces> {
  const images = pixels.length / (imageSize * imageSize * 3);
  const taps = tf.tidy(() => {
    const input = tf.tensor4d(pixels, [images, imageSize, imageSize, 3]);
    const { taps } = backbone.forward(input, { training: false, taps: layers });
    return Object.fromEntries(taps);
  });
  const colours = cumulate(pixels, images, imageSize);
  const read = new Map<string, ReadPlaces>();
  for (const layer of layers) {
    const tap = taps[layer]!;
    const { map, height, width, channels } = asMap(tap);
    const cells = drawCells({ images, height, width, places }, random);
    const features = tf.tidy(() =>
      tf.gather(tf.reshape(map, [images * height * width, channels]), tf.tensor1d(cells, 'int32')),
    ) as tf.Tensor2D;
    if (map !== tap) map.dispose();
    tap.dispose();
    const truth = Array.from(cells, (cell) => answersAt(cell, { height, width, colours }));
    read.set(layer, { features, targets: besideShuffled(truth, random), hasPlaces: height * width > 1 });
  }
  return read;
}

interface FeatureMap {
  readonly map: tf.Tensor;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Maps are [n, h, w, c]; tokens [n, t, c] are a square of patches, after a class token where one is left over; pooled [n, c] is one place. */
function asMap(tap: tf.Tensor): FeatureMap {
  const channels = tap.shape.at(-1)!;
  if (tap.rank === 4) return { map: tap, height: tap.shape[1]!, width: tap.shape[2]!, channels };
  if (tap.rank === 2) return { map: tap, height: 1, width: 1, channels };
  const [images, tokens] = tap.shape as [number, number, number];
  const side = Math.floor(Math.sqrt(tokens));
  if (side * side === tokens) return { map: tap, height: side, width: side, channels };
  const map = tf.slice(tap, [0, tokens - side * side, 0], [images, side * side, channels]);
  return { map, height: side, width: side, channels };
}

/** Rows of [images · height · width]: all places, or so many drawn in each image. */
function drawCells(
  { images, height, width, places }: { images: number; height: number; width: number; places: number },
  random: Random,
): Int32Array {
  const all = height * width;
  if (all <= places) return Int32Array.from({ length: images * all }, (_, cell) => cell);
  const drawn = (image: number) => Array.from({ length: places }, () => image * all + random.integer(all));
  return Int32Array.from(Array.from({ length: images }, (_, image) => drawn(image)).flat());
}

interface Colours {
  readonly size: number;
  /** [images, size + 1, size + 1, 3] sums of all pixels above and to the left, shares of full light. */
  readonly sums: Float64Array;
}

function cumulate(pixels: Float32Array, images: number, size: number): Colours {
  const side = size + 1;
  const sums = new Float64Array(images * side * side * 3);
  for (let n = 0, p = 0; n < images; n++) {
    for (let y = 1; y < side; y++) {
      const row = [0, 0, 0];
      for (let x = 1; x < side; x++) {
        const at = ((n * side + y) * side + x) * 3;
        for (let c = 0; c < 3; c++, p++) {
          row[c] = row[c]! + pixels[p]! * imagenetStd[c]! + imagenetMean[c]!;
          sums[at + c] = sums[at - side * 3 + c]! + row[c]!;
        }
      }
    }
  }
  return { size, sums };
}

/** Across and down in -1..1; brightness (Rec. 601) in 0..1, blue less brightness, red less brightness: means over the cell. */
function answersAt(
  cell: number,
  { height, width, colours }: { readonly height: number; readonly width: number; readonly colours: Colours },
): number[] {
  const { size, sums } = colours;
  const [column, row, image] = [cell % width, Math.floor(cell / width) % height, Math.floor(cell / (height * width))];
  const ends = (k: number, count: number) => {
    const low = Math.min(size - 1, Math.floor((k * size) / count));
    return [low, Math.max(low + 1, Math.ceil(((k + 1) * size) / count))] as const;
  };
  const [[left, right], [top, bottom]] = [ends(column, width), ends(row, height)];
  const mean = [0, 1, 2].map((c) => {
    const at = (y: number, x: number) => sums[((image * (size + 1) + y) * (size + 1) + x) * 3 + c]!;
    const sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
    return sum / ((bottom - top) * (right - left));
  });
  const [red, green, blue] = mean as [number, number, number];
  const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [(2 * column + 1) / width - 1, (2 * row + 1) / height - 1, brightness, blue - brightness, red - brightness];
}

function besideShuffled(truth: readonly number[][], random: Random): Float32Array {
  const order = random.permutation(truth.length);
  return Float32Array.from(truth.flatMap((answers, i) => [...answers, ...truth[order[i]!]!]));
}
