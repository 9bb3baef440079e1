/** Whole powers by multiplying: the bits of JavaScript's `**` change between engines (0.9 ** 4: Node 22 and 24). */

/** base^exponent for a whole exponent ≥ 0, by repeated squaring. */
export function wholePower(base: number, exponent: number): number {
  let [product, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product *= square;
    square *= square;
  }
  return product;
}
