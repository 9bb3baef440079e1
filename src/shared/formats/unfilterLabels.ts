/**
 * PNG's row filters undone for label maps of one byte a pixel, from the inflated stream straight into the map. Label maps are
 * runs of one class, so that nearly all filtered bytes are 0: those are passed over four at a time. PNG specification,
 * third edition (W3C 2025), section 9. Left out: other depths, and interlacing (labelPng.ts).
 */

interface ByteRows {
  /** [height × (1 + width)]: each row's filter, then its bytes. */
  readonly raw: Uint8Array;
  /** The same bytes four at a time. */
  readonly words: Uint32Array;
  /** [height × width] */
  readonly out: Uint8Array;
  readonly outWords: Uint32Array;
  readonly width: number;
}

interface ByteRow {
  /** Place of the first byte in `raw`. */
  readonly from: number;
  /** Place of the first pixel in `out`. */
  readonly to: number;
}

/** Runs shorter than this are written byte by byte, longer ones by one native call. */
const LONG_RUN = 24;

/**
 * Undoes the filters of all rows. raw: at least height · (1 + width) bytes. `out`: where the map goes, [height × width], whatever
 * it held before; a new array without it. Undefined where a row names no filter.
 */
export function unfilterBytes(
  raw: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  out: Uint8Array = new Uint8Array(width * height),
): Uint8Array | undefined {
  const aligned = raw.byteOffset % 4 === 0 ? raw : raw.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const rows = {
    raw: aligned,
    words,
    out,
    outWords: new Uint32Array(out.buffer, out.byteOffset, out.length >> 2),
    width,
  };
  for (let y = 0; y < height; y++) {
    const at = y * (width + 1);
    const row = { from: at + 1, to: y * width };
    switch (aligned[at]) {
      case 0:
        out.set(aligned.subarray(row.from, row.from + width), row.to);
        break;
      case 1:
        addLeft(rows, row);
        break;
      case 2:
        addAbove(rows, row);
        break;
      case 3:
        addAverage(rows, row);
        break;
      case 4:
        addPaeth(rows, row);
        break;
      default:
        return undefined;
    }
  }
  return out;
}

/** The next place from `i` on, before `end`, whose byte is not 0; `end` where there is none. */
function nextChange({ raw, words }: ByteRows, i: number, end: number): number {
  let place = i;
  while (place < end && (place & 3) !== 0) {
    if (raw[place] !== 0) return place;
    place++;
  }
  let word = place >> 2;
  const lastWord = end >> 2;
  while (word < lastWord && words[word] === 0) word++;
  place = Math.max(place, word << 2);
  while (place < end && raw[place] === 0) place++;
  return place;
}

function addLeft(rows: ByteRows, { from, to }: ByteRow): void {
  const { raw, out, width } = rows;
  const end = from + width;
  let value = 0;
  for (let i = from; i < end;) {
    value = (value + raw[i]!) & 255;
    const next = nextChange(rows, i + 1, end);
    const [first, last] = [to + i - from, to + next - from];
    if (last - first >= LONG_RUN) out.fill(value, first, last);
    else for (let place = first; place < last; place++) out[place] = value;
    i = next;
  }
}

function addAbove(rows: ByteRows, { from, to }: ByteRow): void {
  const { raw, out, width } = rows;
  if (to > 0) out.copyWithin(to, to - width, to);
  else out.fill(0, 0, width);
  const end = from + width;
  for (let i = nextChange(rows, from, end); i < end; i = nextChange(rows, i + 1, end)) {
    const place = to + i - from;
    out[place] = out[place]! + raw[i]!;
  }
}

function addAverage({ raw, out, width }: ByteRows, { from, to }: ByteRow): void {
  let left = 0;
  for (let x = 0; x < width; x++) {
    const above = to > 0 ? out[to + x - width]! : 0;
    left = (raw[from + x]! + ((left + above) >> 1)) & 255;
    out[to + x] = left;
  }
}

function addPaeth(rows: ByteRows, { from, to }: ByteRow): void {
  const { raw, out, width } = rows;
  let [left, corner] = [0, 0];
  for (let x = 0; x < width;) {
    const above = to > 0 ? out[to + x - width]! : 0;
    // Where two of the three are equal the choice is the third; the full rule is for the rest.
    const predicted = above === corner ? left : left === corner ? above : paeth(left, above, corner);
    left = (raw[from + x]! + predicted) & 255;
    corner = above;
    out[to + x] = left;
    x++;
    // As long as nothing changes in the row above and no byte differs from what is expected, the row goes on as it is.
    const same = nextChange(rows, from + x, from + width) - from;
    if (same - x < LONG_RUN) continue;
    const end = to > 0 ? runEnd(rows, to + x - width - 1, to + same - width) - to + width : same;
    if (end <= x) continue;
    out.fill(left, to + x, to + end);
    x = end;
  }
}

/** The first place of `out` after `place`, before `end`, with another byte than there; `end` where there is none. */
function runEnd({ out, outWords }: ByteRows, place: number, end: number): number {
  const value = out[place]!;
  let next = place + 1;
  while (next < end && (next & 3) !== 0 && out[next] === value) next++;
  if (next >= end || (next & 3) !== 0) return next;
  const flat = Math.imul(value, 0x01010101) >>> 0;
  let word = next >> 2;
  const lastWord = end >> 2;
  while (word < lastWord && outWords[word] === flat) word++;
  next = Math.max(next, word << 2);
  while (next < end && out[next] === value) next++;
  return next;
}

/** Of left, above and corner the one nearest to left + above − corner; the first of equally near ones. */
export function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
