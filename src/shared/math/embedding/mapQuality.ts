/** How far a map can be believed: do neighbours on it neighbour in the features as well, and do they share a class. */

/**
 * Places of the k nearest points of each wanted one, nearest first: [wanted, k]. points: [rows, 2]. k < rows. Ties go to the
 * lower place.
 */
export function nearestOnMap(points: ArrayLike<number>, wanted: ArrayLike<number>, k: number): Int32Array {
  const rows = points.length / 2;
  const found = new Int32Array(wanted.length * k);
  const squares = new Float64Array(k);
  for (let w = 0; w < wanted.length; w++) {
    const own = wanted[w]!;
    const [x, y] = [points[2 * own]!, points[2 * own + 1]!];
    const start = w * k;
    let held = 0;
    for (let j = 0; j < rows; j++) {
      const dx = x - points[2 * j]!;
      const dy = y - points[2 * j + 1]!;
      const square = dx * dx + dy * dy;
      if ((held === k && square >= squares[k - 1]!) || j === own) continue;
      let at = held < k ? held++ : k - 1;
      for (; at > 0 && square < squares[at - 1]!; at--) {
        squares[at] = squares[at - 1]!;
        found[start + at] = found[start + at - 1]!;
      }
      squares[at] = square;
      found[start + at] = j;
    }
  }
  return found;
}

/**
 * What one image takes from trustworthiness: Σ max(0, r - k) over its k neighbours on the map, r their rank (from 1) by the features.
 * similarity: [rows] of the image with all, its own place `own` left aside; ties go to the lower place.
 */
export function rankExcess(similarity: ArrayLike<number>, own: number, nearest: ArrayLike<number>): number {
  let excess = 0;
  for (let n = 0; n < nearest.length; n++) {
    const place = nearest[n]!;
    const value = similarity[place]!;
    let rank = 1;
    for (let j = 0; j < similarity.length; j++) {
      const other = similarity[j]!;
      if (other > value ? j !== own : other === value && j < place && j !== own) rank++;
    }
    excess += Math.max(0, rank - nearest.length);
  }
  return excess;
}

/**
 * Trustworthiness of a map (Venna and Kaski 2001): 1 - 2 / (n k (2 N - 3 k - 1)) Σ rank excess, over n ranked of N images with k
 * neighbours each; in 0..1, 1 where no neighbour on the map is a stranger. With n = N it is scikit-learn's. k < N / 2.
 */
export function trustworthiness(
  excess: number,
  { ranked, images, k }: { readonly ranked: number; readonly images: number; readonly k: number },
): number {
  return 1 - (2 / (ranked * k * (2 * images - 3 * k - 1))) * excess;
}

/** Share of the listed neighbours [rows, k] that have the label of the image whose list it is, mean over images: 0..1. */
export function neighbourPurity(neighbour: Int32Array, labels: ArrayLike<number>): number {
  const k = neighbour.length / labels.length;
  let same = 0;
  for (let i = 0; i < neighbour.length; i++) if (labels[neighbour[i]!] === labels[Math.floor(i / k)]) same++;
  return same / neighbour.length;
}
