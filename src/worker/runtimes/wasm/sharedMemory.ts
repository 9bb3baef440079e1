/**
 * Makes the memory of a WebAssembly module shared, so that threads can work on the tensors in it. The single-threaded
 * tfjs binary runs unchanged on shared memory; only one byte of its memory section says whether it is. The threaded
 * tfjs binary is no alternative: it starts its threads from blob URLs, which Node does not load.
 */

/** In a memory type: limits with a maximum; the second bit says shared. */
const withMaximum = 0x01;
const sharedWithMaximum = 0x03;

/** Runs `start` while every WebAssembly.instantiate of bytes defines shared memory instead of private memory. */
export async function withSharedMemory<T>(start: () => Promise<T>): Promise<T> {
  const original = WebAssembly.instantiate;
  const patched = (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports): unknown => {
    if (source instanceof WebAssembly.Module) return original(source, imports);
    return original(withMemoryFlag(bytesOf(source), 'defined', sharedWithMaximum) as BufferSource, imports);
  };
  WebAssembly.instantiate = patched as typeof WebAssembly.instantiate;
  try {
    return await start();
  } finally {
    WebAssembly.instantiate = original;
  }
}

/** Our kernels' bytes for a memory of either kind; they are compiled for a shared one. */
export function matchMemory(binary: Uint8Array, memory: WebAssembly.Memory): Uint8Array {
  return isShared(memory) ? binary : withMemoryFlag(binary, 'imported', withMaximum);
}

/** Whether other threads can see the memory. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return (memory.buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
}

/**
 * A copy of a module with the flag of its memory replaced; unchanged where there is no such memory. Sections:
 * https://webassembly.github.io/spec/core/binary/modules.html (import section 2, memory section 5).
 */
function withMemoryFlag(binary: Uint8Array, which: 'defined' | 'imported', flag: number): Uint8Array {
  const copy = binary.slice();
  const reader = new Reader(copy, 8);
  while (reader.at < copy.length) {
    const section = copy[reader.at++]!;
    const size = reader.integer();
    const end = reader.at + size;
    if (which === 'defined' && section === 5) {
      if (reader.integer() === 1) setFlag(copy, reader.at, flag);
      break;
    }
    if (which === 'imported' && section === 2) {
      const place = importedMemory(reader);
      if (place !== undefined) setFlag(copy, place, flag);
      break;
    }
    reader.at = end;
  }
  return copy;
}

function setFlag(bytes: Uint8Array, at: number, flag: number): void {
  // Without a maximum the limits are one number shorter: leave such a module alone.
  if (bytes[at] === withMaximum || bytes[at] === sharedWithMaximum) bytes[at] = flag;
}

function importedMemory(reader: Reader): number | undefined {
  const count = reader.integer();
  for (let i = 0; i < count; i++) {
    reader.skipName();
    reader.skipName();
    const kind = reader.bytes[reader.at++]!;
    if (kind === 2) return reader.at;
    if (kind !== 0) return undefined; // only functions are expected before the memory
    reader.integer();
  }
  return undefined;
}

class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** Unsigned LEB128. */
  integer(): number {
    let [result, shift] = [0, 0];
    for (;;) {
      const byte = this.bytes[this.at++]!;
      result |= (byte & 127) << shift;
      if (byte < 128) return result >>> 0;
      shift += 7;
    }
  }

  skipName(): void {
    const length = this.integer();
    this.at += length;
  }
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
