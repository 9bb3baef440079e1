/**
 * What an analysis of attribution leaves beside its record: `attribution.json`, maps by name in `attribution.safetensors`,
 * pictures on `images-<n>.webp`. A map says of each place of an image how much it speaks for what is explained; it is
 * stretched over the picture, or over the part of it that `covers` names.
 */
import * as z from 'zod';
import { analysedImagesSchema, countSchema, parseResultFile } from './analysedImages';

export const ATTRIBUTION_FILE = 'attribution.json';
export const ATTRIBUTION_TENSORS = 'attribution.safetensors';
export const ATTRIBUTION_VERSION = 1;

const mapSchema = z.object({
  method: z.enum(['grad-cam', 'occlusion']),
  /** Of Grad-CAM: the layer whose map was weighted; '' for occlusion, which needs none. */
  layer: z.string(),
  height: z.int().min(1),
  width: z.int().min(1),
  /** In `attribution.safetensors`: F32 [height, width]. Grad-CAM: at least 0. Occlusion: how far the score falls, in its units. */
  tensor: z.string(),
  /** Largest value; 0 where nothing speaks for it. */
  peak: z.number(),
  /** Share of the positive values that lie inside the box of the object, where there is one: 0..1. */
  inBox: z.number().optional(),
});
export type AttributionMap = z.output<typeof mapSchema>;

const explanationSchema = z.object({
  /** Place in `images`. */
  image: countSchema,
  /** What is explained: a class, and its score before softmax or sigmoid. */
  class: z.object({ index: countSchema, name: z.string() }),
  score: z.number(),
  /** After softmax or sigmoid, 0..1. */
  probability: z.number(),
  /** What the model says itself; of a classifier alone. */
  predicted: z.object({ index: countSchema, name: z.string(), probability: z.number() }).optional(),
  /** The detection explained, counted from 0 by falling confidence; its box in px of the picture: x, y, width, height. */
  detection: z
    .object({
      rank: countSchema,
      confidence: z.number(),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
    })
    .optional(),
  /** The part of the picture that maps are stretched over, px: x, y, width, height. */
  covers: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  maps: z.array(mapSchema),
});
export type Explanation = z.output<typeof explanationSchema>;

const fileSchema = analysedImagesSchema.extend({
  version: z.literal(ATTRIBUTION_VERSION),
  kind: z.literal('attribution'),
  pretraining: z.string(),
  /** Whose scores are explained: the classifier that the pretraining ended with, or a transfer's. */
  by: z.union([
    z.object({ source: z.literal('pretraining') }),
    z.object({ source: z.literal('transfer'), transfer: z.string(), task: z.string() }),
  ]),
  /** Class names of the model explained. */
  classes: z.array(z.string()),
  /** Of occlusion, px: side of the square that hides, and how far it moves. */
  occlusion: z.object({ window: z.int().min(1), step: z.int().min(1) }).optional(),
  /** One for each image, or for each detection that is explained. */
  explanations: z.array(explanationSchema),
});
/** The content of `attribution.json`. */
export type AttributionFile = z.output<typeof fileSchema>;

export function parseAttribution(text: string): { readonly value: AttributionFile } | { readonly problem: string } {
  return parseResultFile(fileSchema, ATTRIBUTION_FILE, text);
}
