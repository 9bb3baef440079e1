/** Depthwise convolution and its gradients on wasm: the host side of assembly/depthwise.ts. */
import type * as tf from '@tensorflow/tfjs-core';
import { ranges } from './convKernels';
import type { ConvShape } from './convTables';
import { offsetOf, type WasmContext } from './wasmBackend';

/** Units wanted at most; rows of an image are never cut. */
const mostUnits = 64;
/** Channels of one unit of the filter's gradient: a cache line. */
const unitChannels = 16;

/** Whether every channel is a group of its own with one output, and the filter and its steps are square. */
export function isDepthwise(shape: ConvShape): boolean {
  const isSquare = shape.filterHeight === shape.filterWidth && shape.padTop === shape.padLeft;
  return isSquare && shape.groups > 1 && shape.inChannels === shape.groups && shape.outChannels === shape.groups;
}

export class DepthwiseKernels {
  constructor(private readonly context: WasmContext) {}

  /** x: [N, H, W, C]; filter: [K, K, 1, C] → [N, H', W', C]. */
  forward(x: tf.TensorInfo, filter: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const { backend } = this.context;
    const y = backend.makeOutput([x.shape[0]!, shape.outHeight, shape.outWidth, shape.outChannels], 'float32');
    this.runRows('depthwise', [x, filter, y], { shape, rows: x.shape[0]! * shape.outHeight });
    return y;
  }

  /** dy: [N, H', W', C]; filter: [K, K, 1, C] → [N, H, W, C]. */
  inputGradient(dy: tf.TensorInfo, filter: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const { backend } = this.context;
    const dx = backend.makeOutput([dy.shape[0]!, shape.inHeight, shape.inWidth, shape.inChannels], 'float32');
    this.runRows('depthwiseInputGradient', [dy, filter, dx], { shape, rows: dy.shape[0]! * shape.inHeight });
    return dx;
  }

  /** x: [N, H, W, C]; dy: [N, H', W', C] → [K, K, 1, C]. */
  filterGradient(x: tf.TensorInfo, dy: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const { backend, runner } = this.context;
    const { filterHeight, filterWidth, inChannels } = shape;
    const gradient = backend.makeOutput([filterHeight, filterWidth, 1, inChannels], 'float32');
    const [xs, dys, target] = [x, dy, gradient].map((tensor) => offsetOf(backend, tensor)) as [number, number, number];
    runner.call('clear', target, filterHeight * filterWidth * inChannels * 4);
    runner.run(
      ranges(Math.ceil(inChannels / unitChannels), mostUnits).map(([first, last]) => {
        const channels = [first * unitChannels, Math.min(inChannels, last * unitChannels)];
        const args = [xs, dys, target, x.shape[0]!, ...channels, ...geometry(shape)];
        return [{ kernel: 'depthwiseFilterGradient' as const, args }];
      }),
    );
    return gradient;
  }

  private runRows(
    kernel: 'depthwise' | 'depthwiseInputGradient',
    tensors: readonly tf.TensorInfo[],
    { shape, rows }: { readonly shape: ConvShape; readonly rows: number },
  ): void {
    const { backend, runner } = this.context;
    const places = tensors.map((tensor) => offsetOf(backend, tensor));
    runner.run(ranges(rows, mostUnits).map((range) => [{ kernel, args: [...places, ...range, ...geometry(shape)] }]));
  }
}

function geometry(shape: ConvShape): number[] {
  const sides = [shape.inHeight, shape.inWidth, shape.outHeight, shape.outWidth];
  return [...sides, shape.inChannels, shape.filterHeight, shape.strideHeight, shape.padTop, shape.dilationHeight];
}
