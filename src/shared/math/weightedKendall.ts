/**
 * Weighted Kendall's τ (Vigna 2015, "A weighted correlation index for rankings with ties", WWW): swaps among the best count more
 * than swaps among the worst, by 1/(1 + rank) of both. The usual measure of how well transferability scores rank (LogME, LEEP …).
 */

/** In −1..1; NaN where one side is constant. Mean of the values with ranks by x and by y, as SciPy's weightedtau. */
export function weightedKendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return (weightedBy(x, y, ranksOf(x, y)) + weightedBy(x, y, ranksOf(y, x))) / 2;
}

function weightedBy(x: ArrayLike<number>, y: ArrayLike<number>, ranks: Float64Array): number {
  let [both, byX, byY] = [0, 0, 0];
  const shares = ranks.map((rank) => 1 / (1 + rank));
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const weight = shares[i]! + shares[j]!;
      const p = Math.sign(x[i]! - x[j]!);
      const q = Math.sign(y[i]! - y[j]!);
      both += p * q * weight;
      byX += p * p * weight;
      byY += q * q * weight;
    }
  }
  return byX > 0 && byY > 0 ? both / Math.sqrt(byX * byY) : Number.NaN;
}

/** From 0 for the largest value; equal ones by the other side, then the later first. */
function ranksOf(values: ArrayLike<number>, others: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[b]! - values[a]! || others[b]! - others[a]! || b - a);
  const ranks = new Float64Array(values.length);
  order.forEach((place, rank) => (ranks[place] = rank));
  return ranks;
}
