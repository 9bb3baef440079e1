/**
 * Label maps in PNG files: pixels as they are stored, palette indices or grey values of 1 to 16 bits, where every general
 * decoder would give colours. PNG specification, third edition (W3C 2025), sections 7 to 11. Inflating is the caller's, so
 * that it can be native. Check sums of chunks are not verified: zlib's own covers the pixels.
 */
import { paeth, runsOfLabels, unfilterRuns, type LabelRuns } from './labelRuns';

interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** [height × width] */
  readonly labels: Uint8Array | Uint16Array;
}

/** A PNG of one channel, before inflating. */
export interface PackedLabels {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly isInterlaced: boolean;
  /** The zlib stream. */
  readonly packed: Uint8Array;
  /** Bytes that it inflates to. */
  readonly bytes: number;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Larger ones are refused: they are a mistake or an attack. */
const MAX_PIXELS = 100_000_000;
const channelsOfType: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Columns and rows of Adam7's passes: first and distance. */
const passes = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
] as const;

/** Finds the pixels of a PNG. What it is not is said after the file's name: "is not a PNG; label maps are …". */
export function openLabelPng(bytes: Uint8Array): PackedLabels | { readonly problem: string } {
  if (bytes.length < 33 || signature.some((byte, i) => bytes[i] !== byte))
    return { problem: 'is not a PNG; label images are PNGs of class numbers' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, type, interlace] = [bytes[24]!, bytes[25]!, bytes[28]!];
  const channels = channelsOfType[type];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth) || interlace > 1 || width * height === 0)
    return { problem: 'is a broken PNG (its header makes no sense); make it again' };
  if (channels > 1) return { problem: `has ${channels} channels; a label image has one, grey or with a palette` };
  if (width * height > MAX_PIXELS)
    return { problem: `claims more than ${MAX_PIXELS / 1e6} million pixels; make it again` };
  const parts = dataChunks(bytes, view);
  if (parts === undefined) return { problem: 'is a broken PNG (it ends too early); make it again' };
  const isInterlaced = interlace === 1;
  const total = passesOf({ width, height, isInterlaced }).reduce(
    (sum, pass) => sum + pass.height * (1 + rowBytes(pass.width, depth)),
    0,
  );
  const shape = { width, height, depth: depth as PackedLabels['depth'], isInterlaced };
  return { ...shape, packed: joinBytes(parts), bytes: total };
}

/** Some writers leave a few bytes after the last row. */
const SLACK = 4096;
/** Pieces of a larger file are joined: its header may lie. */
const MOST_AT_ONCE = 4_194_304;

/** For zlib: all in one piece where that is not large, and no more than the header announces. */
export function inflateOptions({ bytes }: PackedLabels): {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
} {
  return { maxOutputLength: bytes + SLACK, chunkSize: Math.min(bytes + SLACK, MOST_AT_ONCE) };
}

/**
 * The class of every pixel, as runs. raw: what `packed` inflates to, which may be written over; a file that says too little of
 * it is broken: undefined.
 */
export function unpackRuns(shape: PackedLabels, raw: Uint8Array): LabelRuns | undefined {
  if (isPlain(shape)) return raw.length < shape.bytes ? undefined : unfilterRuns(raw, shape);
  const map = unpackPixels(shape, raw);
  return map && runsOfLabels(map.labels, map);
}

/** One byte a pixel, row after row. */
function isPlain({ depth, isInterlaced }: PackedLabels): boolean {
  return depth === 8 && !isInterlaced;
}

function unpackPixels(shape: PackedLabels, raw: Uint8Array): LabelMap | undefined {
  const { width, height, depth, bytes } = shape;
  if (raw.length < bytes) return undefined;
  const labels = depth === 16 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  let offset = 0;
  for (const pass of passesOf(shape)) {
    const length = rowBytes(pass.width, depth);
    const rows = { start: offset, count: pass.height, length, step: depth === 16 ? 2 : 1 };
    if (!unfilter(raw, rows)) return undefined;
    for (let row = 0; row < pass.height; row++) {
      const from = offset + row * (length + 1) + 1;
      const to = (pass.y + row * pass.dy) * width + pass.x;
      spread(raw, { from, count: pass.width, depth }, { labels, to, step: pass.dx });
    }
    offset += pass.height * (length + 1);
  }
  return { width, height, labels };
}

function rowBytes(width: number, depth: number): number {
  return Math.ceil((width * depth) / 8);
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

function passesOf({ width, height, isInterlaced }: Pick<PackedLabels, 'width' | 'height' | 'isInterlaced'>): Pass[] {
  if (!isInterlaced) return [{ x: 0, y: 0, dx: 1, dy: 1, width, height }];
  return passes
    .map((pass) => ({
      ...pass,
      width: Math.ceil((width - pass.x) / pass.dx),
      height: Math.ceil((height - pass.y) / pass.dy),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Bodies of the IDAT chunks; undefined where the file is cut short. */
function dataChunks(bytes: Uint8Array, view: DataView): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === 'IEND') return parts.length > 0 ? parts : undefined;
    if (at + 12 + length > bytes.length) return undefined;
    if (name === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return undefined;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

interface Rows {
  readonly start: number;
  readonly count: number;
  /** Bytes of a row without the one that names its filter. */
  readonly length: number;
  /** Bytes of a pixel, at least 1. */
  readonly step: number;
}

/** Undoes the filters in place. False when a row names a filter that there is not. */
function unfilter(raw: Uint8Array, { start, count, length, step }: Rows): boolean {
  for (let row = 0; row < count; row++) {
    const at = start + row * (length + 1);
    const [from, end] = [at + 1, at + 1 + length];
    const up = row === 0 ? 0 : length + 1;
    switch (raw[at]) {
      case 0:
        break;
      case 1:
        for (let i = from + step; i < end; i++) raw[i] = raw[i]! + raw[i - step]!;
        break;
      case 2:
        if (up > 0) for (let i = from; i < end; i++) raw[i] = raw[i]! + raw[i - up]!;
        break;
      case 3:
        average(raw, { from, end, up, step });
        break;
      case 4:
        addPaeth(raw, { from, end, up, step });
        break;
      default:
        return false;
    }
  }
  return true;
}

interface Row {
  readonly from: number;
  readonly end: number;
  /** Bytes back to the row above; 0 without one. */
  readonly up: number;
  readonly step: number;
}

function average(raw: Uint8Array, { from, end, up, step }: Row): void {
  for (let i = from; i < end; i++) {
    const left = i - step >= from ? raw[i - step]! : 0;
    const above = up > 0 ? raw[i - up]! : 0;
    raw[i] = raw[i]! + ((left + above) >> 1);
  }
}

function addPaeth(raw: Uint8Array, { from, end, up, step }: Row): void {
  for (let i = from; i < end; i++) {
    const hasLeft = i - step >= from;
    const left = hasLeft ? raw[i - step]! : 0;
    const above = up > 0 ? raw[i - up]! : 0;
    const corner = hasLeft && up > 0 ? raw[i - up - step]! : 0;
    raw[i] = raw[i]! + paeth(left, above, corner);
  }
}

/** Pixels of a row of 1, 2, 4, 8 or 16 bits to their places. */
function spread(
  raw: Uint8Array,
  { from, count, depth }: { readonly from: number; readonly count: number; readonly depth: number },
  { labels, to, step }: { readonly labels: Uint8Array | Uint16Array; readonly to: number; readonly step: number },
): void {
  const mask = 2 ** depth - 1;
  for (let x = 0; x < count; x++) {
    const bit = x * depth;
    const byte = from + (bit >> 3);
    labels[to + x * step] =
      depth === 16 ? (raw[byte]! << 8) | raw[byte + 1]! : (raw[byte]! >> (8 - depth - (bit & 7))) & mask;
  }
}
