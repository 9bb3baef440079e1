/**
 * How much of a picture an answer rests on: the effective receptive field of Luo et al. 2016, arXiv 1701.04128, as the side of a
 * square. The theoretical field of a deep layer is larger than the picture and says nothing.
 */

/**
 * Side of the smallest square around `centre` (x, y in px; the centre of the first pixel is 0.5) that holds `share` of `energy`
 * [size, size]; whole px. 0 where there is no energy.
 */
export function effectiveField(
  energy: ArrayLike<number>,
  size: number,
  { centre, share }: { readonly centre: readonly [number, number]; readonly share: number },
): number {
  // Energy by how far, in either direction, its pixel's far edge is from the centre.
  const byReach = new Float64Array(2 * size + 2);
  let total = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const reach = Math.max(Math.abs(x + 0.5 - centre[0]), Math.abs(y + 0.5 - centre[1])) + 0.5;
      const value = energy[y * size + x]!;
      byReach[Math.min(byReach.length - 1, Math.ceil(2 * reach))]! += value;
      total += value;
    }
  if (!(total > 0)) return 0;
  let held = 0;
  for (let side = 0; side < byReach.length; side++) {
    held += byReach[side]!;
    // Rounding of the sum must not ask for one more.
    if (held >= share * total * (1 - 1e-9)) return Math.min(side, 2 * size);
  }
  return 2 * size;
}
