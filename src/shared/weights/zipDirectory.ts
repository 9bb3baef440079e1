/**
 * The directory of a zip file (PKWARE APPNOTE 6.3, with zip64) and random access to its entries. yauzl was looked at and
 * not taken: it reads through Node's file descriptors, and the editor reads without Node. Entries that overlap, lie outside
 * the file or claim impossible sizes are refused. Left out: encryption, archives in several parts, packing other than deflate.
 */
import { latin1, memorySource, partOf, readInside, viewOf, type ByteSource } from './byteSource';
import { crc32 } from './crc32';
import { inflate, inflateStart, requirePlausible } from './inflate';
import { malformed, shorten } from './malformed';

export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflate';
  /** Bytes in the archive and unpacked. */
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  /** Of the local header. */
  readonly begin: number;
  /** Where the next entry or the directory begins. */
  readonly limit: number;
}

export interface ZipFile {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The unpacked bytes of an entry; read lazily when it is stored as it is. */
  open(entry: ZipEntry): Promise<ByteSource>;
  /** Unpacked bytes begin..end - 1 of an entry; its checksum is compared when that is all of it. */
  read(entry: ZipEntry, begin: number, end: number): Promise<Uint8Array>;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const maxComment = 65_535;
const maxEntries = 300_000;
const maxDirectoryBytes = 2 ** 26;
/** An entry that has to be unpacked as a whole must fit into memory. */
const maxUnpacked = 2 ** 31;
/** Of packed entries, beginnings up to this are unpacked alone. */
const headerBytes = 2 ** 16;

interface Directory {
  readonly begin: number;
  readonly size: number;
  readonly entries: number;
}

export async function readZip(source: ByteSource): Promise<ZipFile> {
  const directory = await findDirectory(source);
  const bytes = await readInside(source, directory.begin, directory.begin + directory.size, 'the list of its entries');
  const entries = limitEntries(source, parseDirectory(source.name, bytes, directory), directory.begin);
  return {
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    open: (entry) => openEntry(source, entry),
    read: (entry, begin, end) => readEntry(source, entry, begin, end),
  };
}

/** The end record is the last thing in the file, save for a comment. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const from = Math.max(0, source.size - endBytes - maxComment);
  const tail = await source.read(from, source.size);
  const view = viewOf(tail);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== signatures.end) continue;
    const plain = {
      entries: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      begin: view.getUint32(at + 16, true),
    };
    const isLarge = plain.entries === 0xffff || plain.size === 0xffffffff || plain.begin === 0xffffffff;
    return checkDirectory(source, isLarge ? ((await findLargeDirectory(source, from + at)) ?? plain) : plain);
  }
  return malformed(
    source.name,
    'is cut short: it begins as a zip archive, and the list of entries at its end is missing',
  );
}

/** Zip64: a locator stands right before the end record. */
async function findLargeDirectory(source: ByteSource, end: number): Promise<Directory | undefined> {
  if (end < 20) return undefined;
  const locator = viewOf(await source.read(end - 20, end));
  if (locator.getUint32(0, true) !== signatures.locator64) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  const record = viewOf(await readInside(source, at, at + 56, 'the zip64 record'));
  if (record.getUint32(0, true) !== signatures.end64) malformed(source.name, 'is damaged: its zip64 record is not one');
  const [entries, size, begin] = [32, 40, 48].map((place) => Number(record.getBigUint64(place, true)));
  return { entries: entries!, size: size!, begin: begin! };
}

function checkDirectory(source: ByteSource, directory: Directory): Directory {
  const { entries, size } = directory;
  if (entries > maxEntries) malformed(source.name, `claims ${entries} zip entries; at most ${maxEntries} are read`);
  if (size > maxDirectoryBytes || size < entries * centralBytes)
    malformed(source.name, `is damaged: its list of ${entries} zip entries claims ${size} bytes`);
  return directory;
}

type Unlimited = Omit<ZipEntry, 'limit'>;

function parseDirectory(file: string, bytes: Uint8Array, directory: Directory): Unlimited[] {
  const view = viewOf(bytes);
  const entries: Unlimited[] = [];
  const names = new Set<string>();
  for (let at = 0, index = 0; index < directory.entries; index++) {
    if (at + centralBytes > bytes.length || view.getUint32(at, true) !== signatures.central)
      malformed(file, `is damaged: zip entry ${index + 1} of ${directory.entries} is not one`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [
      number,
      number,
      number,
    ];
    const end = at + centralBytes + nameBytes + extraBytes + commentBytes;
    if (end > bytes.length) malformed(file, 'is damaged: the list of its zip entries is cut short');
    const nameEnd = at + centralBytes + nameBytes;
    const entry = parseEntry(file, bytes.subarray(at, end), {
      nameBytes,
      extra: bytes.subarray(nameEnd, nameEnd + extraBytes),
    });
    if (names.has(entry.name)) malformed(file, `has two zip entries called "${shorten(entry.name)}"`);
    names.add(entry.name);
    entries.push(entry);
    at = end;
  }
  return entries;
}

function parseEntry(
  file: string,
  bytes: Uint8Array,
  { nameBytes, extra }: { nameBytes: number; extra: Uint8Array },
): Unlimited {
  const view = viewOf(bytes);
  const name = new TextDecoder().decode(bytes.subarray(centralBytes, centralBytes + nameBytes));
  const wrong = (what: string): never => malformed(file, `has a zip entry "${shorten(name)}" that ${what}`);
  if (view.getUint16(8, true) & 1) wrong('is encrypted');
  const method = view.getUint16(10, true);
  if (method !== 0 && method !== 8) wrong(`is packed in a way that is not read here (method ${method})`);
  const sizes = { size: view.getUint32(24, true), packed: view.getUint32(20, true), begin: view.getUint32(42, true) };
  const { size, packed, begin } = readLargeSizes(sizes, extra) ?? wrong('lacks its zip64 sizes');
  if (method === 0 && size !== packed)
    wrong(`claims ${size} bytes unpacked and ${packed} in the file, though it is stored as it is`);
  if (method === 8) requirePlausible(file, `zip entry "${shorten(name)}"`, { packed, size });
  return { name, method: method === 0 ? 'stored' : 'deflate', packed, size, begin, crc: view.getUint32(16, true) };
}

type Sizes = Pick<ZipEntry, 'size' | 'packed' | 'begin'>;

/** Sizes of 2^32 - 1 stand for 64-bit ones in extra field 1, in this order. */
function readLargeSizes(sizes: Sizes, extra: Uint8Array): Sizes | undefined {
  const keys = (['size', 'packed', 'begin'] as const).filter((key) => sizes[key] === 0xffffffff);
  if (keys.length === 0) return sizes;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== 1) continue;
    if (end > extra.length || at + 4 + 8 * keys.length > end) return undefined;
    const large = keys.map((key, k) => [key, Number(view.getBigUint64(at + 4 + 8 * k, true))] as const);
    return { ...sizes, ...Object.fromEntries(large) };
  }
  return undefined;
}

/** Entries in the order of their bytes must not reach into one another: that is how small files hide huge ones. */
function limitEntries(source: ByteSource, entries: readonly Unlimited[], directoryBegin: number): ZipEntry[] {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin);
  return inOrder.map((entry, index) => {
    const limit = inOrder[index + 1]?.begin ?? directoryBegin;
    const end = entry.begin + localBytes + entry.packed;
    if (!(end <= limit)) {
      const other = inOrder[index + 1] ? `"${shorten(inOrder[index + 1]!.name)}"` : 'the list of entries';
      malformed(
        source.name,
        `is damaged: zip entry "${shorten(entry.name)}" (bytes ${entry.begin} to ${end}) overlaps ${other}`,
      );
    }
    return { ...entry, limit };
  });
}

async function findData(source: ByteSource, entry: ZipEntry): Promise<number> {
  const what = `zip entry "${shorten(entry.name)}"`;
  return dataBegin(source, entry, viewOf(await readInside(source, entry.begin, entry.begin + localBytes, what)));
}

/** Where an entry's bytes begin: after its local header, whose name and extra field may differ from the directory's. */
function dataBegin(source: ByteSource, entry: ZipEntry, header: DataView): number {
  if (header.byteLength < localBytes || header.getUint32(0, true) !== signatures.local)
    malformed(source.name, `is damaged: zip entry "${shorten(entry.name)}" is not at byte ${entry.begin}`);
  const begin = entry.begin + localBytes + header.getUint16(26, true) + header.getUint16(28, true);
  if (begin + entry.packed > entry.limit)
    malformed(source.name, `is damaged: zip entry "${shorten(entry.name)}" overlaps the next`);
  return begin;
}

async function openEntry(source: ByteSource, entry: ZipEntry): Promise<ByteSource> {
  if (entry.method === 'stored') {
    const begin = await findData(source, entry);
    return partOf(source, begin, begin + entry.packed);
  }
  return memorySource(await unpack(source, entry), source.name);
}

async function readEntry(source: ByteSource, entry: ZipEntry, begin: number, end: number): Promise<Uint8Array> {
  if (entry.method === 'deflate') {
    if (end <= headerBytes && end < entry.size) return (await unpackStart(source, entry, end)).slice(begin);
    const all = await unpack(source, entry);
    return begin === 0 && end === all.length ? all : all.slice(begin, end);
  }
  if (begin === 0 && end === entry.size) return readStored(source, entry);
  const data = await findData(source, entry);
  return readInside(source, data + begin, data + end, `zip entry "${shorten(entry.name)}"`);
}

/** The first bytes of a packed entry, which are all that is unpacked: what it claims may be a bomb. */
async function unpackStart(source: ByteSource, entry: ZipEntry, count: number): Promise<Uint8Array> {
  const what = `zip entry "${shorten(entry.name)}"`;
  const begin = await findData(source, entry);
  // Bytes that no packing can make fewer of, and room for its tables.
  const packed = await readInside(source, begin, begin + Math.min(entry.packed, 2 * count + 4096), what);
  return inflateStart({ file: source.name, what, bytes: packed }, count);
}

/** Local headers are seldom longer than this and the name. */
const usualExtra = 256;

/**
 * All of a stored entry, with its local header in one read. Writers that align data do so in the file, hence reading from
 * a multiple of 8: what is aligned there is aligned in memory.
 */
async function readStored(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const from = entry.begin - (entry.begin % 8);
  const to = Math.min(entry.limit, entry.begin + localBytes + entry.name.length + usualExtra + entry.packed);
  const bytes = await readInside(source, from, to, `zip entry "${shorten(entry.name)}"`);
  const data = dataBegin(source, entry, viewOf(bytes.subarray(entry.begin - from))) - from;
  const end = data + entry.packed;
  const isThere = end <= bytes.length;
  const own = isThere && data % 8 === 0 ? bytes.subarray(data, end) : undefined;
  const found =
    own ?? (isThere ? bytes.slice(data, end) : await readInside(source, from + data, from + end, entry.name));
  checkCrc(source, entry, found);
  return found;
}

async function unpack(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const what = `zip entry "${shorten(entry.name)}"`;
  if (entry.size > maxUnpacked)
    malformed(source.name, `${what} unpacks to ${entry.size} bytes; at most ${maxUnpacked} are read`);
  const begin = await findData(source, entry);
  const packed = await readInside(source, begin, begin + entry.packed, what);
  const bytes = inflate({ file: source.name, what, bytes: packed, size: entry.size });
  checkCrc(source, entry, bytes);
  return bytes;
}

/** Some writers may be told to leave checksums out, and then write 0. */
function checkCrc(source: ByteSource, entry: ZipEntry, bytes: Uint8Array): void {
  if (entry.crc === 0 || (source.crc32 ?? crc32)(bytes) === entry.crc) return;
  malformed(source.name, `is damaged: the checksum of zip entry "${shorten(entry.name)}" is wrong`);
}

/** Whether a file begins as a zip archive. */
export function isZip(start: Uint8Array): boolean {
  return latin1(start.subarray(0, 4)) === 'PK\x03\x04';
}
