/**
 * The WebAssembly module of the augmentations (assembly/pixels.ts), one for each thread with a memory of its own. Images are
 * copied in and out: a few hundred kilobytes beside millions of operations.
 */
import { pixelsBinary } from './pixelsBinary';

interface PixelExports {
  readonly memory: WebAssembly.Memory;
  freeFrom(): number;
  resampleRows(...numbers: number[]): void;
  resampleColumns(...numbers: number[]): void;
  blurColumns(...numbers: number[]): void;
  transpose(...numbers: number[]): void;
  shiftHue(...numbers: number[]): void;
  blendWithLuma(...numbers: number[]): void;
  blendWithGray(...numbers: number[]): void;
  sumLuma(...numbers: number[]): number;
  normalize(...numbers: number[]): void;
}

/** Kernels store whole vectors, past the end of an image by less than this. */
const overrun = 64;
const pageBytes = 65_536;
/** A huge image does not keep its memory for the rest of a training. */
const keptBytes = 64 << 20;

let instance: PixelExports | undefined;

/** One call's use of the memory: arrays are placed one after another and forgotten together. */
export class PixelWork {
  readonly kernels: PixelExports;
  private next: number;

  constructor() {
    if (instance && instance.memory.buffer.byteLength > keptBytes) instance = undefined;
    instance ??= instantiate();
    this.kernels = instance;
    this.next = this.kernels.freeFrom();
  }

  /** Room for this many bytes; their address. */
  reserve(bytes: number): number {
    const at = (this.next + 15) & ~15;
    this.next = at + bytes + overrun;
    const { memory } = this.kernels;
    const missing = this.next - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return at;
  }

  /** A copy of the values; its address. */
  place(values: Uint8Array | Int32Array | Float32Array): number {
    const at = this.reserve(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.kernels.memory.buffer).set(bytes, at);
    return at;
  }

  /** A copy of what stands at an address. */
  take(at: number, bytes: number): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer, at, bytes).slice();
  }
}

function instantiate(): PixelExports {
  const module = new WebAssembly.Module(Buffer.from(pixelsBinary, 'base64'));
  return new WebAssembly.Instance(module).exports as unknown as PixelExports;
}
