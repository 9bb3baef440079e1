/**
 * Attention on wasm (formula in ops/attention.ts). Each image and head is one unit of work: its four products are made by the
 * convolution kernels, as convolutions of pixels, on pieces of the big tensors in place. Units borrow scratch memory, so
 * only so many are handed out at once.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { AttentionAttributes } from '../../ops/attention';
import { allocate } from './convKernels';
import type { KernelCall } from './kernelRunner';
import { offsetOf, type WasmContext } from './wasmBackend';

/** Units at once. */
const wave = 16;
const block = 8;

/** Tables of one geometry, in wasm memory: per token, where its row starts in the input and in the output, in bytes. */
interface Tables {
  readonly fromInputs: number;
  readonly fromOutputs: number;
  readonly scoresWithInputs: number;
  readonly scoresWithOutputs: number;
  /** One run that starts at 0. */
  readonly run: number;
}

/** Sizes in floats, but for `tables`. */
interface Geometry {
  readonly tokens: number;
  readonly size: number;
  /** Between tokens of qkv and of the output. */
  readonly inputRow: number;
  readonly outputRow: number;
  readonly tables: Tables;
}

export class AttentionKernels {
  private readonly tables = new Map<string, Tables>();
  private scratch = { offset: 0, bytes: 0 };

  constructor(private readonly context: WasmContext) {}

  /** qkv: [N, T, 3·C] → [N, T, C]. */
  forward(qkv: tf.TensorInfo, { heads }: AttentionAttributes): tf.TensorInfo {
    const { backend } = this.context;
    const geometry = this.geometryOf(qkv.shape, heads);
    const { tokens, size, inputRow, outputRow } = geometry;
    const y = backend.makeOutput([qkv.shape[0]!, tokens, outputRow], 'float32');
    const [input, output] = [offsetOf(backend, qkv), offsetOf(backend, y)];
    const scoreBytes = 4 * tokens * tokens;
    this.runWaves(qkv.shape[0]! * heads, scoreBytes + packedBytes(geometry), (unit, scratch) => {
      const [image, head] = [Math.floor(unit / heads), unit % heads];
      const own = input + 4 * (image * tokens * inputRow + head * size);
      const target = output + 4 * (image * tokens * outputRow + head * size);
      const packed = scratch + scoreBytes;
      return [
        ...this.probabilities(own, scratch, packed, geometry),
        ...this.byRows(geometry, {
          weights: own + 8 * outputRow,
          packed,
          input: scratch,
          output: target,
          pixels: geometry.tables.scoresWithOutputs,
        }),
      ];
    });
    return y;
  }

  /** dy: [N, T, C]; qkv: [N, T, 3·C] → [N, T, 3·C]. */
  gradient(dy: tf.TensorInfo, qkv: tf.TensorInfo, { heads }: AttentionAttributes): tf.TensorInfo {
    const { backend, runner } = this.context;
    const geometry = this.geometryOf(qkv.shape, heads);
    const { tokens, size, inputRow, outputRow, tables } = geometry;
    const gradient = backend.makeOutput(qkv.shape, 'float32');
    const [input, outer, target] = [qkv, dy, gradient].map((tensor) => offsetOf(backend, tensor)) as [
      number,
      number,
      number,
    ];
    runner.call('clear', target, 4 * qkv.shape[0]! * tokens * inputRow);
    const scoreBytes = 4 * tokens * tokens;
    this.runWaves(qkv.shape[0]! * heads, 2 * scoreBytes + packedBytes(geometry), (unit, scratch) => {
      const [image, head] = [Math.floor(unit / heads), unit % heads];
      const own = input + 4 * (image * tokens * inputRow + head * size);
      const to = target + 4 * (image * tokens * inputRow + head * size);
      const from = outer + 4 * (image * tokens * outputRow + head * size);
      const [p, ds, packed] = [scratch, scratch + scoreBytes, scratch + 2 * scoreBytes];
      const [k, v] = [4 * outputRow, 8 * outputRow];
      return [
        ...this.probabilities(own, p, packed, geometry),
        // dv = pᵀ dy
        this.byColumns(geometry, { scores: p, rows: from, pairs: tables.scoresWithOutputs, target: to + v }),
        // ∂p = dy vᵀ, then ∂s
        ...this.scores(geometry, { rows: from, pixels: tables.fromOutputs, keys: own + v, packed, output: ds }),
        { kernel: 'softmaxGradientRows', args: [p, ds, tokens, tokens, 1 / Math.sqrt(size)] },
        // dq = ∂s k
        ...this.byRows(geometry, { weights: own + k, packed, input: ds, output: to, pixels: tables.scoresWithInputs }),
        // dk = ∂sᵀ q
        this.byColumns(geometry, { scores: ds, rows: own, pairs: tables.scoresWithInputs, target: to + k }),
      ];
    });
    return gradient;
  }

  /** softmax(q kᵀ / √d) into `target`. own: where q starts. */
  private probabilities(own: number, target: number, packed: number, geometry: Geometry): KernelCall[] {
    const { tokens, size, outputRow, tables } = geometry;
    const keys = own + 4 * outputRow;
    return [
      ...this.scores(geometry, { rows: own, pixels: tables.fromInputs, keys, packed, output: target }),
      { kernel: 'softmaxRows', args: [target, tokens, tokens, 1 / Math.sqrt(size)] },
    ];
  }

  /** rows · keysᵀ, [T, T]; keys are rows of qkv. */
  private scores(
    { tokens, size, inputRow, tables }: Geometry,
    place: { rows: number; pixels: number; keys: number; packed: number; output: number },
  ): KernelCall[] {
    const { rows, pixels, keys, packed, output } = place;
    const blocks = Math.ceil(tokens / block);
    const shape = [pixels, tokens, tables.run, 1, size];
    const weights = [packed, size * block * 4, tokens, 0, blocks];
    return [
      { kernel: 'packWeights', args: [keys, packed, 1, tokens, size, inputRow, 1, 0, blocks] },
      { kernel: 'convolveClass', args: [rows, 0, output, 0, 0, 1, ...shape, ...weights] },
    ];
  }

  /** scores · weights, [T, d]; weights are rows of qkv. */
  private byRows(
    { tokens, size, inputRow, tables }: Geometry,
    place: { weights: number; packed: number; input: number; output: number; pixels: number },
  ): KernelCall[] {
    const { weights, packed, input, output, pixels } = place;
    const blocks = Math.ceil(size / block);
    const shape = [pixels, tokens, tables.run, 1, tokens];
    return [
      { kernel: 'packWeights', args: [weights, packed, 1, tokens, size, inputRow, 0, 0, blocks] },
      {
        kernel: 'convolveClass',
        args: [input, 0, output, 0, 0, 1, ...shape, packed, tokens * block * 4, size, 0, blocks],
      },
    ];
  }

  /** Adds scoresᵀ · rows, [T, d], to a place in the gradient. */
  private byColumns(
    { tokens, size, inputRow }: Geometry,
    { scores, rows, pairs, target }: { scores: number; rows: number; pairs: number; target: number },
  ): KernelCall {
    const shape = [target, tokens, size, inputRow, 0, Math.ceil(size / block)];
    return { kernel: 'filterGradientRun', args: [scores, 0, rows, 0, 0, 1, pairs, tokens, ...shape] };
  }

  private runWaves(units: number, bytesEach: number, make: (unit: number, scratch: number) => KernelCall[]): void {
    const { runner } = this.context;
    const bytes = Math.ceil(bytesEach / 64) * 64;
    const scratch = this.scratchOf(Math.min(units, wave) * bytes);
    for (let first = 0; first < units; first += wave) {
      const count = Math.min(wave, units - first);
      runner.run(Array.from({ length: count }, (_, i) => make(first + i, scratch + i * bytes)));
    }
  }

  private geometryOf([, tokens, inputRow]: readonly number[], heads: number): Geometry {
    const outputRow = inputRow! / 3;
    const key = `${tokens} ${inputRow}`;
    const tables = this.tables.get(key) ?? this.uploadTables(tokens!, inputRow!, outputRow);
    this.tables.set(key, tables);
    return { tokens: tokens!, size: outputRow / heads, inputRow: inputRow!, outputRow, tables };
  }

  private uploadTables(tokens: number, inputRow: number, outputRow: number): Tables {
    const pairs = (first: number, second: number) =>
      this.upload(
        Int32Array.from({ length: 2 * tokens }, (_, i) => 4 * Math.floor(i / 2) * (i % 2 === 0 ? first : second)),
      );
    return {
      fromInputs: pairs(inputRow, tokens),
      fromOutputs: pairs(outputRow, tokens),
      scoresWithInputs: pairs(tokens, inputRow),
      scoresWithOutputs: pairs(tokens, outputRow),
      run: this.upload(Int32Array.of(0, 0)),
    };
  }

  private upload(table: Int32Array): number {
    const offset = allocate(this.context, table.byteLength);
    new Int32Array(this.context.backend.wasm.HEAPU8.buffer, offset, table.length).set(table);
    return offset;
  }

  private scratchOf(bytes: number): number {
    if (bytes > this.scratch.bytes) {
      if (this.scratch.offset) this.context.backend.wasm._free(this.scratch.offset);
      this.scratch = { offset: allocate(this.context, bytes), bytes };
    }
    return this.scratch.offset;
  }
}

/** Room for the larger of the two packed matrices: keys by tokens, values by channels. */
function packedBytes({ tokens, size }: Geometry): number {
  const byTokens = Math.ceil(tokens / block) * block * size;
  const bySize = Math.ceil(size / block) * block * tokens;
  return 4 * Math.max(byTokens, bySize);
}
