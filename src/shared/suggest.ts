/**
 * "Did you mean": the known word nearest to a mistyped one, by edits a typist makes (insert, delete, replace, swap
 * neighbours): optimal string alignment distance, Damerau 1964. Letter case and -, _, . and space are ignored.
 */

/** The nearest of `known`, or undefined when none is near: within a third of the letters, and at least 1 edit allowed. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const plain = normalise(word);
  if (plain.length === 0 || plain.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const target = normalise(candidate);
    const limit = Math.max(1, Math.floor(Math.max(plain.length, target.length) / 3));
    if (Math.abs(plain.length - target.length) > limit) continue;
    const distance = editDistance(plain, target);
    // A single letter is one edit away from every other letter: nothing is left of the word that was typed.
    if (distance <= limit && distance < Math.max(plain.length, target.length) && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Number of single-letter edits or swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) distance = Math.min(distance, beforeLast[j - 2]! + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** `"; did you mean `x`?"` or an empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = suggest(word, known);
  return nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
}

function normalise(word: string): string {
  return word.toLowerCase().replace(/[-_. ]/g, '');
}
