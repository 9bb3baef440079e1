/**
 * Protocol Buffers, written: the wire format of https://protobuf.dev/programming-guides/encoding for the few kinds of
 * fields that event files of trackers need. Fields come in the order in which they are added; nothing is read back.
 */
const encoder = new TextEncoder();

/** Kinds of fields on the wire. */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;

export class ProtoMessage {
  private readonly parts: Uint8Array[] = [];

  /** int32, int64, uint64, enum: whole numbers in 0..2^53 − 1. */
  whole(field: number, value: number): this {
    return this.add(tag(field, VARINT), varint(value));
  }

  bool(field: number, value: boolean): this {
    return this.whole(field, value ? 1 : 0);
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.add(tag(field, FIXED_64), bytes);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.add(tag(field, FIXED_32), bytes);
  }

  text(field: number, value: string): this {
    return this.raw(field, encoder.encode(value));
  }

  message(field: number, value: ProtoMessage): this {
    return this.raw(field, value.bytes());
  }

  raw(field: number, value: Uint8Array): this {
    return this.add(tag(field, LENGTH), varint(value.length), value);
  }

  bytes(): Uint8Array {
    return joinBytes(this.parts);
  }

  private add(...parts: Uint8Array[]): this {
    this.parts.push(...parts);
    return this;
  }
}

/** One array after another. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function tag(field: number, kind: number): Uint8Array {
  return varint(field * 8 + kind);
}

/** Seven bits a byte, the lowest first. Division, as shifts hold 32 bits only. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`internal: ${value} has no varint here`);
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
