/**
 * Label maps as runs of equal pixels, which is what they are made of: a street scene of two million pixels has some twenty
 * thousand. Runs come straight from the inflated stream of a PNG: its row filters leave a 0 wherever a row goes on as expected,
 * so that only the other bytes and the edges of the row above need work. PNG specification, third edition (W3C 2025), section 9.
 * Left out: other depths than 8 bits, and interlacing (labelPng.ts).
 */

export interface LabelRuns {
  readonly width: number;
  readonly height: number;
  /** [runs] place after the last pixel of each run, in reading order; no run goes on in the next row. */
  readonly ends: Uint32Array;
  /** [runs] */
  readonly values: Uint8Array | Uint16Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Undoes the filters of all rows. raw: [height × (1 + width)], each row's filter, then its bytes. Undefined where a row names no
 * filter.
 */
export function unfilterRuns(raw: Uint8Array, { width, height }: Size): LabelRuns | undefined {
  // No slice(): that of a Buffer is a view.
  const aligned = raw.byteOffset % 4 === 0 ? raw : new Uint8Array(raw);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const changes = new Int32Array(width + 1);
  const runs = new RunWriter(width * height);
  for (let y = 0, above = -1; y < height; y++) {
    const from = y * (width + 1) + 1;
    const first = runs.startRow();
    const row = { raw: aligned, from, width, to: y * width, changes, above };
    const filter = aligned[from - 1];
    if (filter === 1 || filter === 2 || filter === 4) changes[findChanges(aligned, words, row)] = width;
    if (filter === 0) copyRow(runs, row);
    else if (filter === 1) addLeft(runs, row);
    else if (filter === 2) addAbove(runs, row);
    else if (filter === 3) addAverage(runs, row);
    else if (filter === 4) addPaeth(runs, row);
    else return undefined;
    above = first;
  }
  return { width, height, ...runs.finish() };
}

/** Runs of a map whose pixels are there. labels: [height × width] */
export function runsOfLabels(labels: Uint8Array | Uint16Array, { width, height }: Size): LabelRuns {
  const ends: number[] = [];
  for (let i = 1; i <= labels.length; i++) if (i % width === 0 || labels[i] !== labels[i - 1]) ends.push(i);
  const values = labels instanceof Uint8Array ? new Uint8Array(ends.length) : new Uint16Array(ends.length);
  ends.forEach((end, run) => (values[run] = labels[end - 1]!));
  return { width, height, ends: Uint32Array.from(ends), values };
}

/** Writes what the values of all runs mean, or the values, to every pixel of `out`, [height × width]. */
export function paintRuns<T extends Uint8Array | Uint16Array>(
  { ends, values }: LabelRuns,
  out: T,
  meaning?: ArrayLike<number>,
): T {
  for (let i = 0, start = 0; i < ends.length; i++) {
    const [value, end] = [meaning ? meaning[values[i]!]! : values[i]!, ends[i]!];
    if (end - start >= LONG_RUN) out.fill(value, start, end);
    else for (let place = start; place < end; place++) out[place] = value;
    start = end;
  }
  return out;
}

/** Shorter runs are written pixel by pixel, longer ones by one native call. */
const LONG_RUN = 24;

/** Pixels of equal value go on in one run, but no run goes on in the next row. */
class RunWriter {
  ends: Uint32Array;
  values: Uint8Array;
  count = 0;
  private first = 0;
  constructor(readonly pixels: number) {
    const room = Math.min(pixels, 16_384);
    this.ends = new Uint32Array(room);
    this.values = new Uint8Array(room);
  }

  /** The number of the run that comes next. */
  startRow(): number {
    this.first = this.count;
    return this.count;
  }

  push(end: number, value: number): void {
    const last = this.count - 1;
    if (last >= this.first && this.values[last] === value) {
      this.ends[last] = end;
      return;
    }
    if (this.count === this.ends.length) this.grow();
    this.ends[this.count] = end;
    this.values[this.count++] = value;
  }

  finish(): Pick<LabelRuns, 'ends' | 'values'> {
    return { ends: this.ends.slice(0, this.count), values: this.values.slice(0, this.count) };
  }

  private grow(): void {
    const room = Math.min(this.pixels, 2 * this.count);
    const [ends, values] = [this.ends, this.values];
    this.ends = new Uint32Array(room);
    this.ends.set(ends);
    this.values = new Uint8Array(room);
    this.values.set(values);
  }
}

interface Row {
  readonly raw: Uint8Array;
  /** Place of the row's first byte in `raw`. */
  readonly from: number;
  readonly width: number;
  /** Place of its first pixel in the map. */
  readonly to: number;
  /** Columns whose byte is not 0, then `width`. */
  readonly changes: Int32Array;
  /** The first run of the row above; -1 in the first row, above which all is 0. */
  readonly above: number;
}

/** Writes the columns whose byte is not 0 and returns how many there are; sixteen bytes at a time are passed over. */
function findChanges(raw: Uint8Array, words: Int32Array, { from, width, changes }: Row): number {
  const end = from + width;
  let count = 0;
  let i = from;
  for (; i < end && (i & 3) !== 0; i++) if (raw[i] !== 0) changes[count++] = i - from;
  while (i + 16 <= end) {
    const word = i >> 2;
    if ((words[word]! | words[word + 1]! | words[word + 2]! | words[word + 3]!) !== 0)
      for (let k = i; k < i + 16; k++) if (raw[k] !== 0) changes[count++] = k - from;
    i += 16;
  }
  for (; i < end; i++) if (raw[i] !== 0) changes[count++] = i - from;
  return count;
}

function copyRow(runs: RunWriter, { raw, from, width, to }: Row): void {
  for (let x = 0; x < width;) {
    const value = raw[from + x]!;
    x++;
    while (x < width && raw[from + x] === value) x++;
    runs.push(to + x, value);
  }
}

function addLeft(runs: RunWriter, { raw, from, width, to, changes }: Row): void {
  if (changes[0]! > 0) runs.push(to + changes[0]!, 0);
  let value = 0;
  for (let k = 0; changes[k]! < width; k++) {
    value = (value + raw[from + changes[k]!]!) & 255;
    runs.push(to + changes[k + 1]!, value);
  }
}

function addAbove(runs: RunWriter, { raw, from, width, to, changes, above }: Row): void {
  let run = above;
  for (let x = 0, k = 0; x < width;) {
    while (run >= 0 && runs.ends[run]! - (to - width) <= x) run++;
    const value = run < 0 ? 0 : runs.values[run]!;
    const end = run < 0 ? width : runs.ends[run]! - (to - width);
    const change = changes[k]!;
    if (change > x) {
      x = Math.min(end, change);
      runs.push(to + x, value);
    } else {
      runs.push(to + x + 1, (value + raw[from + x]!) & 255);
      x++;
      k++;
    }
  }
}

function addAverage(runs: RunWriter, { raw, from, width, to, above }: Row): void {
  let [run, left] = [above, 0];
  for (let x = 0; x < width; x++) {
    while (run >= 0 && runs.ends[run]! - (to - width) <= x) run++;
    left = (raw[from + x]! + ((left + (run < 0 ? 0 : runs.values[run]!)) >> 1)) & 255;
    runs.push(to + x + 1, left);
  }
}

/** A row goes on as it is until a byte is not 0 or the row above changes: of left, above and corner the latter are equal there. */
function addPaeth(runs: RunWriter, { raw, from, width, to, changes, above: first }: Row): void {
  let [run, left, corner] = [first, 0, 0];
  for (let x = 0, k = 0; x < width;) {
    while (run >= 0 && runs.ends[run]! - (to - width) <= x) run++;
    const above = run < 0 ? 0 : runs.values[run]!;
    if (changes[k] === x) {
      left = (raw[from + x]! + paeth(left, above, corner)) & 255;
      k++;
    } else left = paeth(left, above, corner);
    corner = above;
    // From x + 1 on the corner is equal to `above`, as long as the run of `above` goes on.
    const end = Math.min(run < 0 ? width : runs.ends[run]! - (to - width), changes[k]!);
    x = Math.max(x + 1, end);
    runs.push(to + x, left);
  }
}

/** Of left, above and corner the one nearest to left + above − corner; the first of equally near ones. */
export function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
