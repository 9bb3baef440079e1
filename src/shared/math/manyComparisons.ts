/**
 * p-values corrected for the number of comparisons made at once: S. Holm, A simple sequentially rejective multiple test
 * procedure, Scandinavian Journal of Statistics 6 (1979). The chance of one or more false claims among all stays below the
 * level whatever the comparisons have to do with each other.
 */

/** Adjusted p-values in the order given: p₍ᵢ₎ → max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎), for p₍₁₎ ≤ … ≤ p₍ₘ₎. */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.slice();
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
