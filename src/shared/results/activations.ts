/**
 * What an analysis of activations leaves beside its record, so that a panel is drawn from the stage's folder alone:
 * `activations.json`, arrays by name in `activations.safetensors`, pictures on `images-<n>.webp` (analysedImages.ts) and
 * what channels answer to most on `examples-<n>.webp`. A layer without a grid (a pooled output, a class token) has one place.
 *
 * Arrays of layer L (n images, c channels, h × w places, k kept channels, d dimensions):
 *   L/maps        U8  [n, h, w, k]   answers of the kept channels, 0 = `low`, 255 = `high` of the channel; in the order of `kept`
 *   L/strength    U8  [n, h, w]      length of the vector of all channels at each place, 0..255 = 0..`strongest`
 *   L/colours     U8  [n, h, w, 3]   three principal components as red, green, blue; absent where there is one place
 *   L/features    F16 [n, h, w, d]   reduced features: the inner product of two places approximates the cosine of their features
 *   L/statistics  F32 [c, 6]         of each channel over the scanned images, in the order of `channelStatistics`
 *   L/match       I32 [c]            with `against`: the channel of the other model that answers most alike
 *   L/likeness    F32 [c]            with `against`: correlation with that channel, −1..1; NaN for a channel that never varies
 */
import * as z from 'zod';
import { analysedImagesSchema, countSchema, parseResultFile } from './analysedImages';

export const ACTIVATIONS_FILE = 'activations.json';
export const ACTIVATIONS_TENSORS = 'activations.safetensors';
export const ACTIVATIONS_VERSION = 1;

/** Columns of L/statistics. */
export const channelStatistics = [
  /** Mean over images and places. */
  'mean',
  /** Mean over images of the largest answer. */
  'meanPeak',
  /** Largest answer of all. */
  'peak',
  /** Share of places with an answer above zero, 0..1. */
  'active',
  /** How much one class stands out, 0..1; NaN where images have no classes or the channel never answers. */
  'selectivity',
  /** That class, by its place in `classes`; −1 where there is none. */
  'favourite',
] as const;
export type ChannelStatistic = (typeof channelStatistics)[number];

/** Ways in which channels are put in order, the first being the one that says most. `difference` needs `against`. */
export const channelOrders = ['meanPeak', 'mean', 'selectivity', 'difference'] as const;
export type ChannelOrder = (typeof channelOrders)[number];

const exampleSchema = z.object({
  place: countSchema,
  name: z.string(),
  label: z.string(),
  value: z.number(),
  /** Where in the map: row, column. */
  at: z.tuple([countSchema, countSchema]),
  /** What the crop shows of the picture: left, top, side in px. */
  crop: z.tuple([z.number(), z.number(), z.number()]),
});
export type ChannelExample = z.output<typeof exampleSchema>;

const keptSchema = z.object({
  channel: countSchema,
  /** Values of 0 and 255 in its maps; one scale for all images. */
  low: z.number(),
  high: z.number(),
  /** Best first; example e of this channel is tile `firstTile` + e of the sheets. */
  examples: z.array(exampleSchema),
  firstTile: countSchema,
});
export type KeptChannel = z.output<typeof keptSchema>;

const layerSchema = z.object({
  layer: z.string(),
  /** 0 = input side, 1 = last layer of the backbone. */
  depth: z.number(),
  channels: z.int().min(1),
  height: z.int().min(1),
  width: z.int().min(1),
  /** Side in px of the square that holds nine tenths of what a place in the middle of the map rests on; the crops' side. */
  field: z.number(),
  /** Largest value of L/strength. */
  strongest: z.number(),
  /** Those with maps and examples, ascending: the best of every order. */
  kept: z.array(keptSchema),
  /** All channels that vary, best first, by order. */
  orders: z.partialRecord(z.enum(channelOrders), z.array(countSchema)),
  /** Of L/colours: share of the variance that red, green and blue hold, 0..1. */
  colours: z.object({ explained: z.tuple([z.number(), z.number(), z.number()]) }).optional(),
  /** Of L/features: how many numbers a place has, and the mean absolute error of their cosines. */
  features: z.object({ dimensions: z.int().min(1), error: z.number() }).optional(),
  /** With `against`: what the best of so many unrelated channels reaches by chance. */
  chance: z.number().optional(),
});
export type LayerActivations = z.output<typeof layerSchema>;

const fileSchema = analysedImagesSchema.extend({
  version: z.literal(ACTIVATIONS_VERSION),
  kind: z.literal('activations'),
  pretraining: z.string(),
  /** The model that channels are compared with; red, green and blue are turned to its colours. */
  against: z.string().optional(),
  /** Class names of the data; `favourite` counts in them. */
  classes: z.array(z.string()),
  /** Images scanned for statistics and examples, of how many the split has. */
  scanned: countSchema,
  /** Side of the tiles on `examples-<n>.webp`, px, and how many there are; laid out as pictures are. */
  tiles: z.object({ size: z.int().min(1), count: countSchema }),
  /** In depth order. */
  layers: z.array(layerSchema),
});
/** The content of `activations.json`. */
export type ActivationsFile = z.output<typeof fileSchema>;

export function parseActivations(text: string): { readonly value: ActivationsFile } | { readonly problem: string } {
  return parseResultFile(fileSchema, ACTIVATIONS_FILE, text);
}

/** Name of a sheet of examples, from 0. */
export function exampleSheetName(sheet: number): string {
  return `examples-${sheet}.webp`;
}

/** Name of an array of a layer in `activations.safetensors`. */
export function activationTensor(
  layer: string,
  part: 'maps' | 'strength' | 'colours' | 'features' | 'statistics' | 'match' | 'likeness',
): string {
  return `${layer}/${part}`;
}
