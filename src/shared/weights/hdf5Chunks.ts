/**
 * Arrays that HDF5 stores in chunks (File Format Specification 3.0, IV.A.1.b "Version 1 B-trees", IV.A.2.l "Filter pipeline"):
 * a tree of pieces of equal shape, each packed by itself. Filters: shuffle, deflate, and Fletcher's checksum. Left out, with
 * a message: other filters (LZF, SZIP, plug-ins) and the newer chunk indexes.
 */
import { latin1, readInside, viewOf, type ByteSource } from './byteSource';
import { inflate } from './inflate';
import { malformed, shorten } from './malformed';
import { itemSizes, type TensorDtype } from './tensorPlace';

/** How an array's pieces are packed, outermost last. */
export interface Filter {
  readonly id: number;
  readonly name: string;
}

export interface ChunkedLayout {
  /** Of the tree's root. */
  readonly tree: number;
  /** Sides of a piece. */
  readonly chunk: readonly number[];
  readonly filters: readonly Filter[];
}

interface Chunk {
  /** First element along each axis. */
  readonly offset: readonly number[];
  readonly begin: number;
  readonly bytes: number;
  /** Bit k: filter k was left out. */
  readonly mask: number;
}

export interface ChunkedArray {
  readonly source: ByteSource;
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly layout: ChunkedLayout;
}

const shuffle = 2;
const deflate = 1;
const fletcher = 3;
const maxChunks = 2 ** 20;
const maxDepth = 32;
/** Bytes of one unpacked piece; HDF5 itself allows no more than 4 GiB. */
const maxChunkBytes = 2 ** 30;
/** Kept pieces of one array, so that rows read one after the other unpack each piece once. */
const keptChunks = 4;

/** Throws a user error for filters that are not known here. */
export function parseFilters(file: string, name: string, view: DataView): Filter[] {
  const [version, count] = [view.getUint8(0), view.getUint8(1)];
  const filters: Filter[] = [];
  let at = version === 1 ? 8 : 2;
  for (let k = 0; k < count; k++) {
    if (at + 8 > view.byteLength) break;
    const id = view.getUint16(at, true);
    const hasName = version === 1 || id >= 256;
    const nameBytes = hasName ? view.getUint16(at + 2, true) : 0;
    const values = view.getUint16(at + (hasName ? 6 : 4), true);
    at += (hasName ? 8 : 6) + (version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes) + 4 * values;
    // Version 1 pads an odd count of values.
    if (version === 1 && values % 2 === 1) at += 4;
    filters.push({ id, name: filterNames[id] ?? `number ${id}` });
  }
  if (filters.length !== count || version < 1 || version > 2)
    malformed(file, `is damaged: the filters of the array "${shorten(name)}" cannot be read`);
  const strange = filters.find(({ id }) => ![shuffle, deflate, fletcher].includes(id));
  if (strange)
    malformed(
      file,
      `has the array "${shorten(name)}" packed with ${strange.name}, which is not read here`,
      'save it with gzip, or without compression',
    );
  return filters;
}

const filterNames: Readonly<Record<number, string>> = {
  1: 'deflate',
  2: 'shuffle',
  3: 'Fletcher’s checksum',
  4: 'SZIP',
  5: 'N-bit',
  6: 'scale-offset',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'Bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
};

/** Reads ranges of bytes of the array as if it lay in one block, unpacking the pieces that they touch. */
export class ChunkReader {
  private listing: Promise<readonly Chunk[]> | undefined;
  private readonly kept = new Map<Chunk, Uint8Array>();
  private readonly itemBytes: number;
  private readonly chunkBytes: number;

  constructor(private readonly array: ChunkedArray) {
    const { dtype, shape, layout } = array;
    this.itemBytes = itemSizes[dtype];
    this.chunkBytes = layout.chunk.reduce((product, side) => product * side, this.itemBytes);
    const isWhole = layout.chunk.length === shape.length && layout.chunk.every((side) => side > 0);
    if (!isWhole || !(this.chunkBytes <= maxChunkBytes))
      this.refuse(`has pieces of shape [${layout.chunk.join(', ')}]`);
  }

  /** Bytes begin..end - 1. Pieces that were never written are zeros. */
  async read(begin: number, end: number): Promise<Uint8Array> {
    const { shape, layout } = this.array;
    const out = new Uint8Array(end - begin);
    if (out.length === 0) return out;
    const perRow = shape.slice(1).reduce((product, side) => product * side, this.itemBytes);
    const [firstRow, lastRow] = [Math.floor(begin / perRow), Math.ceil(end / perRow)];
    for (const chunk of await (this.listing ??= this.list())) {
      const top = chunk.offset[0] ?? 0;
      if (shape.length > 0 && (top >= lastRow || top + layout.chunk[0]! <= firstRow)) continue;
      this.copy(await this.unpack(chunk), chunk, { out, begin, end });
    }
    return out;
  }

  /** Line by line along the last axis, cut off at the array's sides and at the range. */
  private copy(bytes: Uint8Array, { offset }: Chunk, to: { out: Uint8Array; begin: number; end: number }): void {
    const { shape, layout } = this.array;
    const rank = shape.length;
    const sides = shape.map((side, axis) => Math.min(layout.chunk[axis]!, side - offset[axis]!));
    if (sides.some((side) => side <= 0)) return;
    const line = (sides[rank - 1] ?? 1) * this.itemBytes;
    const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
    for (let isMore = true; isMore;) {
      let [from, at] = [0, 0];
      for (let axis = 0; axis < rank; axis++) {
        const here = axis < rank - 1 ? index[axis]! : 0;
        from = from * layout.chunk[axis]! + here;
        at = at * shape[axis]! + offset[axis]! + here;
      }
      const place = at * this.itemBytes;
      const [low, high] = [Math.max(place, to.begin), Math.min(place + line, to.end)];
      const start = from * this.itemBytes + low - place;
      if (low < high) to.out.set(bytes.subarray(start, start + high - low), low - to.begin);
      isMore = false;
      for (let axis = rank - 2; axis >= 0 && !isMore; axis--) {
        isMore = ++index[axis]! < sides[axis]!;
        if (!isMore) index[axis] = 0;
      }
    }
  }

  private async unpack(chunk: Chunk): Promise<Uint8Array> {
    const known = this.kept.get(chunk);
    if (known) return known;
    const { source, name, layout } = this.array;
    const what = `a piece of "${shorten(name)}"`;
    let bytes = await readInside(source, chunk.begin, chunk.begin + chunk.bytes, what);
    for (let k = layout.filters.length - 1; k >= 0; k--) {
      if ((chunk.mask >>> k) & 1) continue;
      const { id } = layout.filters[k]!;
      if (id === fletcher) bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
      // A checksum inside the packing makes what is packed four bytes longer.
      else if (id === deflate) bytes = this.inflate(bytes, what, layout.filters.slice(0, k));
      else bytes = unshuffle(bytes, this.itemBytes);
    }
    if (bytes.length !== this.chunkBytes) this.refuse(`has a piece of ${bytes.length} bytes of ${this.chunkBytes}`);
    this.kept.set(chunk, bytes);
    for (const oldest of this.kept.keys()) if (this.kept.size > keptChunks) this.kept.delete(oldest);
    return bytes;
  }

  private inflate(bytes: Uint8Array, what: string, inner: readonly Filter[]): Uint8Array {
    const size = this.chunkBytes + 4 * inner.filter(({ id }) => id === fletcher).length;
    return inflate({ file: this.array.source.name, what, bytes, size, form: 'zlib' });
  }

  /** All pieces, by walking the tree from its root. */
  private async list(): Promise<readonly Chunk[]> {
    const { source, shape, layout } = this.array;
    const chunks: Chunk[] = [];
    const seen = new Set<number>();
    const pending = [{ at: layout.tree, depth: 0 }];
    const keyBytes = 8 + 8 * (shape.length + 1);
    for (let node = pending.pop(); node; node = pending.pop()) {
      const { at, depth } = node;
      if (seen.has(at) || depth > maxDepth) this.refuse('has pieces that contain one another');
      seen.add(at);
      const head = viewOf(await readInside(source, at, at + 24, 'a list of pieces'));
      if (latin1(new Uint8Array(head.buffer, 0, 4)) !== 'TREE' || head.getUint8(4) !== 1)
        this.refuse('has no list of its pieces');
      const count = head.getUint16(6, true);
      const body = viewOf(await readInside(source, at + 24, at + 24 + count * (keyBytes + 8), 'a list of pieces'));
      for (let k = 0; k < count; k++) {
        const key = k * (keyBytes + 8);
        const child = Number(body.getBigUint64(key + keyBytes, true));
        if (head.getUint8(5) > 0) pending.push({ at: child, depth: depth + 1 });
        else chunks.push(this.readKey(body, key, child));
      }
      if (chunks.length + pending.length > maxChunks) this.refuse(`has more than ${maxChunks} pieces`);
    }
    return chunks;
  }

  private readKey(body: DataView, at: number, begin: number): Chunk {
    const { shape, layout } = this.array;
    const offset = shape.map((_, axis) => Number(body.getBigUint64(at + 8 + 8 * axis, true)));
    if (offset.some((first, axis) => !Number.isSafeInteger(first) || first % layout.chunk[axis]! !== 0))
      this.refuse('has a piece at a place where none can be');
    return { offset, begin, bytes: body.getUint32(at, true), mask: body.getUint32(at + 4, true) };
  }

  private refuse(what: string): never {
    malformed(this.array.source.name, `is damaged: the array "${shorten(this.array.name)}" ${what}`);
  }
}

/** First bytes of all numbers, then second ones …, as numbers again. */
function unshuffle(bytes: Uint8Array, itemBytes: number): Uint8Array {
  const count = Math.floor(bytes.length / itemBytes);
  const out = new Uint8Array(bytes.length);
  for (let k = 0, from = 0; k < itemBytes; k++)
    for (let item = 0; item < count; item++) out[item * itemBytes + k] = bytes[from++]!;
  // What does not fill a number stays where it was.
  out.set(bytes.subarray(count * itemBytes), count * itemBytes);
  return out;
}
