/**
 * What an analysis of what channels want leaves beside its record: `maximisation.json`, and the pictures on
 * `wishes-<n>.webp` (laid out by sceneSheets.ts): of each wish, in order, one for each step in `snapshots`.
 */
import * as z from 'zod';
import { countSchema, parseResultFile } from './analysedImages';

export const MAXIMISATION_FILE = 'maximisation.json';
export const MAXIMISATION_VERSION = 1;

const wishSchema = z.object({
  /** What is maximised: the mean of a channel's map, the place in the middle of it, or a class's score. */
  of: z.enum(['channel', 'neuron', 'class']),
  /** '' for a class. */
  layer: z.string(),
  /** Channel or class. */
  index: countSchema,
  /** `layer3:17`, or the name of the class. */
  name: z.string(),
  /** On the picture as it is, without jitter; at the steps of `snapshots`. */
  values: z.array(z.number()),
  /** The same on grey noise, for comparison: mean of eight pictures. */
  noise: z.number(),
});
export type Wish = z.output<typeof wishSchema>;

const fileSchema = z.object({
  version: z.literal(MAXIMISATION_VERSION),
  kind: z.literal('maximisation'),
  pretraining: z.string(),
  /** Side of the pictures, px. */
  size: z.int().min(1),
  /** Steps after which pictures were kept, ascending; 0 is the start, the last one is the result. */
  snapshots: z.array(countSchema).min(1),
  wishes: z.array(wishSchema),
});
/** The content of `maximisation.json`. */
export type MaximisationFile = z.output<typeof fileSchema>;

export function parseMaximisation(text: string): { readonly value: MaximisationFile } | { readonly problem: string } {
  return parseResultFile(fileSchema, MAXIMISATION_FILE, text);
}

/** Name of a sheet of pictures, from 0. */
export function wishSheetName(sheet: number): string {
  return `wishes-${sheet}.webp`;
}
