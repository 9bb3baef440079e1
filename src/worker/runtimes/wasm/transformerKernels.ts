/** Biases, GELU and layer norm on wasm: the host side of assembly/transformer.ts, but for attention. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerNormAttributes } from '../../ops/layerNorm';
import { allocate, ranges } from './convKernels';
import type { KernelName } from './kernelNames';
import { offsetOf, type WasmContext } from './wasmBackend';

type Tensors = Readonly<Record<string, tf.TensorInfo>>;

/** Elements per unit of work. */
const unitFloats = 32768;

export class TransformerKernels {
  private scratch = { offset: 0, bytes: 0 };

  constructor(private readonly context: WasmContext) {}

  /** x: [rows, C]; bias: [C]. */
  addBias({ x, bias }: Tensors): tf.TensorInfo {
    const { backend, runner } = this.context;
    const [rows, channels] = x!.shape as [number, number];
    const y = backend.makeOutput(x!.shape, 'float32');
    const places = [x!, bias!, y].map((tensor) => offsetOf(backend, tensor));
    const parts = rowParts(rows, channels);
    runner.run(parts.map((range) => [{ kernel: 'addBiasRows', args: [...places, ...range, channels] }]));
    return y;
  }

  gelu({ x }: Tensors): tf.TensorInfo {
    return this.pointwise('gelu', [x!]);
  }

  geluGradient({ dy, x }: Tensors): tf.TensorInfo {
    return this.pointwise('geluGradient', [dy!, x!]);
  }

  /** Returns [y, mean [rows], inverse [rows]]. */
  layerNorm({ x, gamma, beta }: Tensors, { epsilon }: LayerNormAttributes): tf.TensorInfo[] {
    const { backend, runner } = this.context;
    const [rows, channels] = x!.shape as [number, number];
    const outputs = [x!.shape, [rows], [rows]].map((shape) => backend.makeOutput(shape, 'float32'));
    const places = [x!, gamma!, beta!, ...outputs].map((tensor) => offsetOf(backend, tensor));
    const parts = rowParts(rows, channels);
    runner.run(parts.map((range) => [{ kernel: 'layerNormRows', args: [...places, ...range, channels, epsilon] }]));
    return outputs;
  }

  /** Returns [dx, dγ, dβ]; the latter are summed over ranges of rows fixed by the shape, then over ranges in order. */
  layerNormGradient({ dy, x, gamma, mean, inverse }: Tensors): tf.TensorInfo[] {
    const { backend, runner } = this.context;
    const [rows, channels] = x!.shape as [number, number];
    const outputs = [x!.shape, [channels], [channels]].map((shape) => backend.makeOutput(shape, 'float32'));
    const parts = rowParts(rows, channels);
    const width = channels * 4;
    const sums = this.scratchOf(2 * parts.length * width);
    const [dx, dGamma, dBeta] = outputs.map((tensor) => offsetOf(backend, tensor)) as [number, number, number];
    const places = [dy!, x!, gamma!, mean!, inverse!].map((tensor) => offsetOf(backend, tensor));
    runner.run(
      parts.map((range, part) => {
        const partial = [sums + part * width, sums + (parts.length + part) * width];
        return [{ kernel: 'layerNormGradient', args: [...places, dx, ...partial, ...range, channels] }];
      }),
    );
    runner.call('columnSums', sums, 0, parts.length, channels, dGamma);
    runner.call('columnSums', sums + parts.length * width, 0, parts.length, channels, dBeta);
    return outputs;
  }

  private pointwise(kernel: KernelName, inputs: readonly tf.TensorInfo[]): tf.TensorInfo {
    const { backend, runner } = this.context;
    const { shape } = inputs[0]!;
    const output = backend.makeOutput(shape, 'float32');
    const places = [...inputs, output].map((tensor) => offsetOf(backend, tensor));
    const size = tf.util.sizeFromShape(shape);
    const parts = ranges(size, Math.ceil(size / unitFloats));
    runner.run(parts.map((range) => [{ kernel, args: [...places, ...range] }]));
    return output;
  }

  private scratchOf(bytes: number): number {
    if (bytes > this.scratch.bytes) {
      if (this.scratch.offset) this.context.backend.wasm._free(this.scratch.offset);
      this.scratch = { offset: allocate(this.context, bytes), bytes };
    }
    return this.scratch.offset;
  }
}

function rowParts(rows: number, channels: number): [number, number][] {
  return ranges(rows, Math.ceil((rows * channels) / unitFloats));
}
