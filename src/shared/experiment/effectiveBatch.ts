/** What one update of a training learns from, and how that is said. */

/** Images that one update of a training learns from: `accumulate` batches, whose gradients are averaged. */
export function effectiveBatch({ batch, accumulate }: { readonly batch: number; readonly accumulate: number }): number {
  return batch * accumulate;
}

/** `64`, or `8 × 8 = 64` where an update takes several batches. */
export function showBatch(settings: { readonly batch: number; readonly accumulate: number }): string {
  const { batch, accumulate } = settings;
  return accumulate === 1 ? String(batch) : `${accumulate} × ${batch} = ${effectiveBatch(settings)}`;
}
