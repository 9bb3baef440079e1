/**
 * The part of HDF5 that Keras writes (File Format Specification 1.1 to 3.0: superblock 0 and 1, groups as symbol tables,
 * arrays in one block or in chunks). The npm packages were looked at and not taken: jsfive wants the whole file in memory
 * and follows loops in damaged files without end, h5wasm is 4 MB of WebAssembly with the same want. Left out, with a
 * message: the newer group layout (h5py's libver="latest").
 */
import { latin1, readInside, viewOf, type ByteSource } from './byteSource';
import { ChunkReader } from './hdf5Chunks';
import { parseDataset, type Dataset, type Message } from './hdf5Messages';
import { requirePlausible } from './inflate';
import { malformed, shorten } from './malformed';
import { countElements, itemSizes, placeInSource, placeTensor, type TensorPlace } from './tensorPlace';
import type { WeightsFile } from './weightsFile';

const signature = '\x89HDF\r\n\x1a\n';
const maxObjects = 300_000;
const maxDepth = 30;
const maxHeaderBytes = 2 ** 22;
const maxHeapBytes = 2 ** 26;
const maxContinuations = 100;

export function isHdf5(start: Uint8Array): boolean {
  return latin1(start.subarray(0, 8)) === signature;
}

export async function openHdf5(source: ByteSource): Promise<WeightsFile> {
  const reader = new Hdf5Reader(source);
  return { name: source.name, format: 'hdf5', tensors: await reader.readTensors(), metadata: {} };
}

interface Group {
  readonly name: string;
  readonly depth: number;
  readonly header: number;
}

class Hdf5Reader {
  /** Addresses of headers and nodes read so far: a second visit would be a loop. */
  private readonly seen = new Set<number>();

  constructor(private readonly source: ByteSource) {}

  async readTensors(): Promise<Map<string, TensorPlace>> {
    const tensors = new Map<string, TensorPlace>();
    const pending: Group[] = [{ name: '', depth: 0, header: await this.findRoot() }];
    for (let object = pending.pop(); object; object = pending.pop()) {
      const messages = await this.readHeader(object.header);
      const table = messages.find(({ type }) => type === 0x11);
      if (table) {
        if (object.depth < maxDepth) pending.push(...(await this.readGroup(object, table)).reverse());
        continue;
      }
      if (messages.some(({ type }) => type === 0x02 || type === 0x06)) this.refuseNewer();
      const dataset = parseDataset(this.source.name, object.name, messages);
      if (dataset) tensors.set(object.name, this.place(object.name, dataset));
    }
    return tensors;
  }

  private async findRoot(): Promise<number> {
    const start = viewOf(await readInside(this.source, 0, 100, 'the superblock'));
    const version = start.getUint8(8);
    if (version > 1) this.refuseNewer();
    if (start.getUint8(13) !== 8 || start.getUint8(14) !== 8) this.refuse('has addresses that are not of 8 bytes');
    // After the addresses of base, free space, end and driver: the root's entry, whose second word is its header.
    return address(start, (version === 0 ? 24 : 28) + 32 + 8);
  }

  /** The messages of an object's header, in all its pieces. */
  private async readHeader(at: number): Promise<Message[]> {
    this.visit(at);
    const head = viewOf(await readInside(this.source, at, at + 16, 'an object header'));
    if (head.getUint8(0) !== 1) this.refuseNewer();
    const messages: Message[] = [];
    const pieces = [{ begin: at + 16, bytes: head.getUint32(8, true) }];
    for (let piece = pieces.shift(), n = 0; piece; piece = pieces.shift(), n++) {
      if (n > maxContinuations || piece.bytes > maxHeaderBytes) this.refuse('has an object header without end');
      const bytes = await readInside(this.source, piece.begin, piece.begin + piece.bytes, 'an object header');
      for (const message of splitMessages(bytes)) {
        messages.push(message);
        if (message.type === 0x10 && message.data.byteLength >= 16)
          pieces.push({ begin: address(message.data, 0), bytes: address(message.data, 8) });
      }
    }
    return messages;
  }

  /** The objects of a group, by its B-tree of names and the heap the names are in. */
  private async readGroup({ name, depth }: Group, { data }: Message): Promise<Group[]> {
    if (data.byteLength < 16) this.refuse(`has a group "${shorten(name)}" without a table`);
    const heap = await this.readHeap(address(data, 8));
    const members: Group[] = [];
    for (const node of await this.findLeaves(address(data, 0))) {
      const head = viewOf(await readInside(this.source, node, node + 8, 'a symbol table'));
      const count = head.getUint16(6, true);
      const entries = viewOf(await readInside(this.source, node + 8, node + 8 + 40 * count, 'a symbol table'));
      for (let at = 0; at < entries.byteLength; at += 40) {
        const label = this.readName(heap, address(entries, at));
        // Cache type 2: a link to another name, which is listed there.
        if (entries.getUint32(at + 16, true) === 2) continue;
        members.push({
          name: name === '' ? label : `${name}/${label}`,
          depth: depth + 1,
          header: address(entries, at + 8),
        });
      }
    }
    return members;
  }

  /** Addresses of the symbol tables below a B-tree node. */
  private async findLeaves(root: number): Promise<number[]> {
    const leaves: number[] = [];
    const pending = [root];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      this.visit(at);
      const head = viewOf(await readInside(this.source, at, at + 24, 'a group'));
      if (latin1(new Uint8Array(head.buffer, 0, 4)) !== 'TREE' || head.getUint8(4) !== 0)
        this.refuse('has a group whose tree is none');
      const count = head.getUint16(6, true);
      const body = viewOf(await readInside(this.source, at + 24, at + 24 + 16 * count + 8, 'a group'));
      const children = Array.from({ length: count }, (_, k) => address(body, 16 * k + 8));
      if (head.getUint8(5) === 0) leaves.push(...children);
      else pending.push(...children.reverse());
    }
    return leaves;
  }

  private async readHeap(at: number): Promise<Uint8Array> {
    const head = viewOf(await readInside(this.source, at, at + 32, 'the names of a group'));
    const size = address(head, 8);
    if (latin1(new Uint8Array(head.buffer, 0, 4)) !== 'HEAP' || size > maxHeapBytes)
      this.refuse('has a group without names');
    const begin = address(head, 24);
    return readInside(this.source, begin, begin + size, 'the names of a group');
  }

  private readName(heap: Uint8Array, at: number): string {
    const end = at < heap.length ? heap.indexOf(0, at) : -1;
    if (end < 0) this.refuse('has a name without an end');
    return new TextDecoder().decode(heap.subarray(at, end));
  }

  private place(name: string, { shape, dtype, isBigEndian, place }: Dataset): TensorPlace {
    const { source } = this;
    const stored = countElements(source.name, name, shape);
    const view = { name, dtype, shape, stored, isBigEndian };
    if ('tree' in place) {
      const what = `the array "${shorten(name)}"`;
      requirePlausible(source.name, what, { packed: source.size, size: stored * itemSizes[dtype] });
      const chunks = new ChunkReader({ source, name, dtype, shape, layout: place });
      return placeTensor(source.name, view, (begin, end) => chunks.read(begin, end));
    }
    if (place.begin + place.bytes > source.size) this.refuse(`has an array "${shorten(name)}" beyond its end`);
    return placeInSource(source, place.begin, view);
  }

  private visit(at: number): void {
    if (this.seen.has(at)) this.refuse('has groups that contain one another');
    if (this.seen.size >= maxObjects) this.refuse(`has more than ${maxObjects} objects`);
    this.seen.add(at);
  }

  private refuse(what: string): never {
    malformed(this.source.name, `is damaged, or not a Keras file: it ${what}`);
  }

  private refuseNewer(): never {
    malformed(
      this.source.name,
      'has the newer HDF5 layout, which is not read here',
      "save it with h5py's default settings, or as .npz or .safetensors",
    );
  }
}

/** Addresses and lengths are whole numbers of 8 bytes; what is too large for a number is outside any file. */
function address(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function splitMessages(bytes: Uint8Array): Message[] {
  const view = viewOf(bytes);
  const messages: Message[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const end = at + 8 + view.getUint16(at + 2, true);
    if (end > bytes.length) break;
    messages.push({ type: view.getUint16(at, true), data: viewOf(bytes.subarray(at + 8, end)) });
    at = end;
  }
  return messages;
}
