/**
 * What analyses that look at single images have in common on disk: which images they looked at, and their pictures as the
 * network saw them, on sheets named `images-<n>.webp` (sceneSheets.ts; squares of `size` px, image i at place i).
 */
import * as z from 'zod';

/** Places in the file are whole numbers from 0. */
export const countSchema = z.int().min(0);

export const analysedImagesSchema = z.object({
  /** Key into the experiment's `data`, and the split. */
  data: z.string(),
  split: z.string(),
  /** Side of the pictures, px; what the network saw. */
  size: z.int().min(1),
  images: z.array(
    z.object({
      /** Place in the split. */
      place: countSchema,
      name: z.string(),
      /** Its class; '' where images have none. */
      label: z.string(),
    }),
  ),
});

export type AnalysedImages = z.output<typeof analysedImagesSchema>;

/** Reads a result file; what it is not is said in one sentence. */
export function parseResultFile<T>(
  schema: z.ZodType<T>,
  file: string,
  text: string,
): { readonly value: T } | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: `${file} is not JSON; run the analysis again` };
  }
  const found = schema.safeParse(json);
  if (found.success) return { value: found.data };
  const issue = found.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return { problem: `${file} cannot be used (${place}: ${issue?.message ?? 'wrong'}); run the analysis again` };
}
