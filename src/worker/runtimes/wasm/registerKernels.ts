/** Registers our kernels with the tfjs wasm backend, under our operations' names and under stock ones that need them. */
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import type { ConvAttributes } from '../../ops/conv';
import type { AttentionAttributes } from '../../ops/attention';
import type { LayerNormAttributes } from '../../ops/layerNorm';
import type { PoolAttributes } from '../../ops/pool';
import { AttentionKernels } from './attentionKernels';
import { BatchNormKernels } from './batchNormKernels';
import { ConvKernels, ranges } from './convKernels';
import type { ConvShape } from './convTables';
import { DepthwiseKernels, isDepthwise } from './depthwiseKernels';
import { TransformerKernels } from './transformerKernels';
import { offsetOf, type WasmContext } from './wasmBackend';

type Tensors = Readonly<Record<string, tf.TensorInfo>>;
type Kernel<A> = (inputs: Tensors, attributes: A) => tf.TensorInfo | tf.TensorInfo[];

/** Elements per unit of pointwise work. */
const unitFloats = 65536;

/** Replaces or adds every kernel that our layers and their gradients use. */
export function registerKernels(context: WasmContext): void {
  const conv = new ConvKernels(context);
  const norm = new BatchNormKernels(context);
  registerConv(context, conv);
  register<StockConvAttributes & { inputShape: number[] }>('Conv2DBackpropInput', ({ dy, filter }, attributes) =>
    conv.inputGradient(dy!, filter!, stockShape(attributes.inputShape, filter!.shape, attributes)),
  );
  register<StockConvAttributes & { filterShape: number[] }>('Conv2DBackpropFilter', ({ x, dy }, attributes) =>
    conv.filterGradient(x!, dy!, stockShape(x!.shape, attributes.filterShape, attributes)),
  );
  register<BatchNormAttributes>('Transferscope.BatchNorm', (inputs, attributes) => norm.forward(inputs, attributes));
  register<BatchNormInferenceAttributes>('Transferscope.BatchNormInference', (inputs, attributes) =>
    norm.inference(inputs, attributes),
  );
  register<BatchNormAttributes>('Transferscope.BatchNormGradient', (inputs, attributes) =>
    norm.gradient(inputs, attributes),
  );
  registerMatMul(conv);
  registerPointwise(context);
  registerTransformer(context);
}

function registerConv(context: WasmContext, conv: ConvKernels): void {
  const depthwise = new DepthwiseKernels(context);
  const kernelsFor = (shape: ConvShape) => (isDepthwise(shape) ? depthwise : conv);
  register<ConvAttributes>('Transferscope.Conv2d', ({ x, filter }, attributes) => {
    const shape = convShape(x!.shape, filter!.shape, attributes);
    return kernelsFor(shape).forward(x!, filter!, shape);
  });
  register<ConvAttributes & { inputShape: number[] }>(
    'Transferscope.Conv2dInputGradient',
    ({ dy, filter }, attributes) => {
      const shape = convShape(attributes.inputShape, filter!.shape, attributes);
      return kernelsFor(shape).inputGradient(dy!, filter!, shape);
    },
  );
  register<ConvAttributes & { filterShape: number[] }>(
    'Transferscope.Conv2dFilterGradient',
    ({ x, dy }, attributes) => {
      const shape = convShape(x!.shape, attributes.filterShape, attributes);
      return kernelsFor(shape).filterGradient(x!, dy!, shape);
    },
  );
}

function registerTransformer(context: WasmContext): void {
  const transformer = new TransformerKernels(context);
  const attention = new AttentionKernels(context);
  register<object>('Transferscope.AddBias', (inputs) => transformer.addBias(inputs));
  register<object>('Transferscope.Gelu', (inputs) => transformer.gelu(inputs));
  register<object>('Transferscope.GeluGradient', (inputs) => transformer.geluGradient(inputs));
  register<LayerNormAttributes>('Transferscope.LayerNorm', (inputs, attributes) =>
    transformer.layerNorm(inputs, attributes),
  );
  register<LayerNormAttributes>('Transferscope.LayerNormGradient', (inputs) => transformer.layerNormGradient(inputs));
  register<AttentionAttributes>('Transferscope.Attention', ({ qkv }, attributes) =>
    attention.forward(qkv!, attributes),
  );
  register<AttentionAttributes>('Transferscope.AttentionGradient', ({ dy, qkv }, attributes) =>
    attention.gradient(dy!, qkv!, attributes),
  );
}

/**
 * Matrix products as convolutions of images of one pixel, which are faster than the stock kernel, above all where a factor is
 * transposed. Batched products and a transposed-transposed one stay with the stock kernel.
 */
function registerMatMul(conv: ConvKernels): void {
  const stock = tf.getKernel('BatchMatMul', 'wasm');
  if (!stock) throw new Error('internal: the wasm backend has no BatchMatMul');
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({
    ...stock,
    kernelFunc: (params) => {
      const { a, b } = params.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const { transposeA, transposeB } = params.attrs as unknown as { transposeA: boolean; transposeB: boolean };
      const single = [a, b].every(
        ({ shape, dtype }) => dtype === 'float32' && shape.slice(0, -2).every((length) => length === 1),
      );
      if (!single || (transposeA && transposeB)) return stock.kernelFunc(params);
      const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
      const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
      const [inner, otherInner] = [transposeA ? aRows : aColumns, transposeB ? bColumns : bRows];
      if (inner !== otherInner || inner === 0) return stock.kernelFunc(params);
      const outer = [transposeA ? aColumns : aRows, transposeB ? bRows : bColumns];
      const product = transposeA
        ? conv.filterGradient(
            { ...a, shape: [aRows, 1, 1, aColumns] },
            { ...b, shape: [bRows, 1, 1, bColumns] },
            pixelShape(aColumns, bColumns),
          )
        : transposeB
          ? conv.inputGradient({ ...a, shape: [aRows, 1, 1, aColumns] }, b, pixelShape(bRows, bColumns))
          : conv.forward({ ...a, shape: [aRows, 1, 1, aColumns] }, b, pixelShape(bRows, bColumns));
      const leading = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
      return { ...product, shape: [...leading, ...outer] };
    },
  });
}

/** A 1 × 1 convolution of one pixel: a matrix [inChannels, outChannels] applied to each row. */
function pixelShape(inChannels: number, outChannels: number): ConvShape {
  const one = { inHeight: 1, inWidth: 1, outHeight: 1, outWidth: 1, filterHeight: 1, filterWidth: 1 };
  const plain = { strideHeight: 1, strideWidth: 1, padTop: 0, padLeft: 0, dilationHeight: 1, dilationWidth: 1 };
  return { ...one, ...plain, inChannels, outChannels, groups: 1 };
}

function registerPointwise({ backend, runner }: WasmContext): void {
  register<object>('Transferscope.ReluGradient', ({ dy, y }) => {
    const output = backend.makeOutput(dy!.shape, 'float32');
    const pointers = [dy!, y!, output].map((tensor) => offsetOf(backend, tensor));
    const size = tf.util.sizeFromShape(dy!.shape);
    const parts = ranges(size, Math.ceil(size / unitFloats));
    runner.run(parts.map(([first, last]) => [{ kernel: 'maskPositive', args: [...pointers, first, last] }]));
    return output;
  });
  register<{ aShare: number; bShare: number }>('Transferscope.Blend', ({ a, b }, { aShare, bShare }) => {
    const output = backend.makeOutput(a!.shape, 'float32');
    const [first, second, target] = [a!, b!, output].map((tensor) => offsetOf(backend, tensor)) as [
      number,
      number,
      number,
    ];
    const size = tf.util.sizeFromShape(a!.shape);
    const parts = ranges(size, Math.ceil(size / unitFloats));
    runner.run(parts.map((range) => [{ kernel: 'blend', args: [first, aShare, second, bShare, target, ...range] }]));
    return output;
  });
  register<{ inputShape: number[] }>('Transferscope.GlobalAveragePoolGradient', ({ dy }, { inputShape }) => {
    const [count, height, width, channels] = inputShape as [number, number, number, number];
    const output = backend.makeOutput(inputShape, 'float32');
    const pointers = [offsetOf(backend, dy!), offsetOf(backend, output)];
    const parts = ranges(count, Math.ceil((count * height * width * channels) / unitFloats));
    runner.run(
      parts.map(([first, last]) => [
        { kernel: 'spreadMean', args: [...pointers, first, last, height * width, channels] },
      ]),
    );
    return output;
  });
  register<{ grid: number }>('Transferscope.AdaptiveAveragePool', ({ x }, { grid }) => {
    const [count, height, width, channels] = x!.shape as [number, number, number, number];
    const output = backend.makeOutput([count, grid, grid, channels], 'float32');
    const pointers = [offsetOf(backend, x!), offsetOf(backend, output)];
    const parts = ranges(count, Math.ceil((count * height * width * channels) / unitFloats));
    runner.run(
      parts.map(([first, last]) => [
        { kernel: 'adaptiveAverage', args: [...pointers, first, last, height, width, channels, grid] },
      ]),
    );
    return output;
  });
  register<PoolAttributes>('Transferscope.MaxPoolGradient', ({ dy, x, y }, { size, stride, padding }) => {
    const output = backend.makeOutput(x!.shape, 'float32');
    const pointers = [dy!, x!, y!, output].map((tensor) => offsetOf(backend, tensor));
    const [count, height, width, channels] = x!.shape as [number, number, number, number];
    runner.call('clear', pointers[3]!, count * height * width * channels * 4);
    const geometry = [height, width, y!.shape[1]!, y!.shape[2]!, channels, size, stride, padding];
    runner.run(
      ranges(count, 16).map(([first, last]) => [
        { kernel: 'maxPoolGradient', args: [...pointers, first, last, ...geometry] },
      ]),
    );
    return output;
  });
}

function register<A>(kernelName: string, kernel: Kernel<A>): void {
  if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => kernel(inputs as Tensors, attrs as unknown as A),
  });
}

type Shape4 = [number, number, number, number];

function convShape(xShape: number[], filterShape: number[], attributes: ConvAttributes): ConvShape {
  const { stride, padding, dilation, groups } = attributes;
  const border: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ];
  const info = tf.backend_util.computeConv2DInfo(xShape as Shape4, filterShape as Shape4, stride, dilation, border);
  return shapeOf(info, groups);
}

interface StockConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function stockShape(xShape: number[], filterShape: number[], attributes: StockConvAttributes): ConvShape {
  const { strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') throw new Error('internal: convolution gradients on wasm need NHWC tensors');
  return shapeOf(
    tf.backend_util.computeConv2DInfo(xShape as Shape4, filterShape as Shape4, strides, 1, pad, dimRoundingMode),
  );
}

function shapeOf(info: tf.backend_util.Conv2DInfo, groups = 1): ConvShape {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  return {
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    padTop: padInfo.top,
    padLeft: padInfo.left,
    dilationHeight,
    dilationWidth,
    groups,
  };
}
