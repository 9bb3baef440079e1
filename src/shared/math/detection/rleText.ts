/**
 * COCO's compressed run lengths as text: each count (from the fourth on, its difference to the one two before) in groups
 * of five bits, least first, bit 6 = more follow, sign in the last group, plus 48 to be printable. As rleToString and
 * rleFrString of pycocotools.
 */

/** Text of the runs. */
export function formatRuns(counts: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (let hasMore = true; hasMore;) {
      const group = ((rest % 32) + 32) % 32;
      rest = Math.floor(rest / 32);
      hasMore = group >= 16 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + (hasMore ? group + 32 : group));
    }
  }
  return text;
}

/** Calls back with each count in the text (as bytes); false when the text is not of this format (counts so far were given). */
export function readRuns(text: ArrayLike<number>, each: (count: number) => void): boolean {
  let [before, twoBefore] = [0, 0];
  for (let place = 0, i = 0; place < text.length; i++) {
    let [value, shift] = [0, 0];
    for (let hasMore = true; hasMore; shift += 5) {
      const group = (text[place++] ?? 0) - 48;
      if (group < 0 || group > 63 || shift > 30) return false;
      value |= (group & 31) << shift;
      hasMore = (group & 32) !== 0;
      // The sign of the last group fills the bits above it.
      if (!hasMore && (group & 16) !== 0 && shift + 5 < 32) value |= -1 << (shift + 5);
    }
    const count = (i > 2 ? value + twoBefore : value) >>> 0;
    [twoBefore, before] = [before, count];
    each(count);
  }
  return true;
}
