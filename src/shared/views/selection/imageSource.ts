/** What images are of, by which panels tell one set of images from another. */

/** `data/split`. */
export function imageSource({ data, split }: { readonly data: string; readonly split: string }): string {
  return `${data}/${split}`;
}
