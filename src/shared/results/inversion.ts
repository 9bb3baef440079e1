/**
 * What an inversion leaves beside its record: for each image and layer the picture that was found to have the image's
 * features there, on its way and at the end, and how far it is from the image. `inversion.json` holds names and numbers;
 * pictures are files beside it. Written by the worker, read by panels and reports.
 */
import * as z from 'zod';
import { perceptualTrunks, type PerceptualTrunk } from '../experiment/perceptualTrunks';
import { UserError } from '../errors';
import { parseResultFile } from './analysedImages';

export const INVERSION_FILE = 'inversion.json';
export const INVERSION_VERSION = 1;

/** What stands behind `perceptual`: see docs/methods/inversion.md. */
const perceptualMeasures = ['lpips', 'unlearned-lpips', 'random-lpips'] as const;
/**
 * `lpips`: trained trunk and learned weights, from the user's files. `unlearned-lpips`: trained trunk, all channels count alike.
 * `random-lpips`: a trunk with random weights, the same everywhere; not comparable with published figures.
 */
export type PerceptualMeasure = (typeof perceptualMeasures)[number];

/** Of a found picture to the image. */
export interface InversionDistances {
  /** Of the pictures as shown, clipped to 0..1; so are `ssim` and `psnr`. 0: the same; larger is less alike. Which measure it is stands in `InversionResults.perceptual`. */
  readonly perceptual: number;
  /** Structural similarity, at most 1. */
  readonly ssim: number;
  /** Decibels; larger is closer. */
  readonly psnr: number;
  /** Cosine of the layer's features of the fitted picture, before clipping, and of the image; -1..1. */
  readonly featureCosine: number;
  /** |features − wanted|² / |wanted|² of the same; 0 where the features were met. */
  readonly featureError: number;
}

export interface InversionImage {
  /** In the split, counted from 0. */
  readonly place: number;
  readonly name: string;
  /** Class name; '' where images have none. */
  readonly label: string;
  /** PNG as the network saw it, `size` × `size`. */
  readonly file: string;
}

export interface InversionLayer {
  readonly layer: string;
  /** 0 = input side, 1 = last layer of the backbone. */
  readonly depth: number;
  /** Rows and columns of the layer's map; absent where it has no places (pooled outputs, class tokens). */
  readonly grid?: readonly [number, number];
}

export interface InversionSnapshot {
  /** Updates made so far; the last snapshot is the result. */
  readonly iteration: number;
  /** PNG, `size` × `size`. */
  readonly file: string;
  readonly distances: InversionDistances;
}

/** Where in the picture the layer's features were not met. */
export interface InversionErrorMap {
  /** Grey PNG of `grid`'s size: 0 is no error, 255 is `max`. */
  readonly file: string;
  /** Squared error at a place by the mean squared length of the wanted features over all places. */
  readonly max: number;
  readonly mean: number;
}

/** One image inverted from one layer. */
export interface Inversion {
  /** Place in `images`. */
  readonly image: number;
  /** Place in `layers`. */
  readonly layer: number;
  /** By iteration; the last one is the result. */
  readonly snapshots: readonly InversionSnapshot[];
  /** Of the result; absent where the layer has no places. */
  readonly errorMap?: InversionErrorMap;
  /** Mean squared error of the features before each of these updates, without any term of the prior. */
  readonly curve: { readonly iterations: readonly number[]; readonly losses: readonly number[] };
}

/** Contents of `inversion.json`. */
export interface InversionResults {
  readonly version: number;
  readonly prior: 'deep' | 'total-variation' | 'none';
  readonly quick: boolean;
  readonly iterations: number;
  /** Side of all pictures, px. */
  readonly size: number;
  readonly perceptual: { readonly measure: PerceptualMeasure; readonly trunk: PerceptualTrunk };
  readonly images: readonly InversionImage[];
  /** In depth order. */
  readonly layers: readonly InversionLayer[];
  /** Image by image, each with its layers in order. */
  readonly inversions: readonly Inversion[];
}

const count = z.int().min(0);
const file = z.string().min(1);
// JSON has no infinity: the decibels of two pictures that are alike.
const figure = z.number().nullable();
const distancesSchema = z.object({
  perceptual: figure,
  ssim: figure,
  psnr: figure,
  featureCosine: figure,
  featureError: figure,
});

const resultsSchema = z.object({
  version: z.literal(INVERSION_VERSION),
  prior: z.enum(['deep', 'total-variation', 'none']),
  quick: z.boolean(),
  iterations: count,
  size: z.int().min(1),
  perceptual: z.object({ measure: z.enum(perceptualMeasures), trunk: z.enum(perceptualTrunks) }),
  images: z.array(z.object({ place: count, name: z.string(), label: z.string(), file })),
  layers: z.array(z.object({ layer: z.string(), depth: z.number(), grid: z.tuple([count, count]).optional() })),
  inversions: z.array(
    z.object({
      image: count,
      layer: count,
      snapshots: z.array(z.object({ iteration: count, file, distances: distancesSchema })).min(1),
      errorMap: z.object({ file, max: figure, mean: figure }).optional(),
      curve: z.object({ iterations: z.array(count), losses: z.array(figure) }),
    }),
  ),
});

/** Reads `inversion.json` back. Throws a user error for a file that is damaged or of another version. */
export function decodeInversion(json: Uint8Array | string): InversionResults {
  const text = typeof json === 'string' ? json : new TextDecoder().decode(json);
  const found = parseResultFile(resultsSchema, INVERSION_FILE, text);
  if ('problem' in found) throw new UserError('storage', found.problem);
  const { images, layers, inversions } = found.value;
  if (inversions.some(({ image, layer }) => image >= images.length || layer >= layers.length))
    throw new UserError('storage', `${INVERSION_FILE} names images or layers that it lacks; run the inversion again`);
  return found.value as InversionResults;
}
