/** Checksums CRC-32 and CRC-32C, eight bytes at a time; platforms have faster ones. */

/** [8][256]: the remainder that a byte leaves after 0..7 more bytes. */
type Tables = readonly Uint32Array[];
let zipTables: Tables | undefined;
let castagnoliTables: Tables | undefined;

/** Of zip files (ISO 3309, polynomial 0xEDB88320 reflected); `before` is the CRC of the bytes that went before. Returns an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return remainder(bytes, before, (zipTables ??= makeTables(0xedb88320)));
}

/** Castagnoli's (RFC 3720, polynomial 0x82F63B78 reflected), of TFRecord files. Returns an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  return remainder(bytes, before, (castagnoliTables ??= makeTables(0x82f63b78)));
}

function remainder(bytes: Uint8Array, before: number, tables: Tables): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array] &
    Uint32Array[];
  let crc = ~before;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7![low & 255]! ^
      t6![(low >>> 8) & 255]! ^
      t5![(low >>> 16) & 255]! ^
      t4![low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(polynomial: number): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest;
  });
  const all = [first];
  for (let k = 1; k < 8; k++) all.push(all[k - 1]!.map((rest) => first[rest & 255]! ^ (rest >>> 8)));
  return all;
}
