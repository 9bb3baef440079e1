import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { ConvKernels } from '../../../../../src/worker/runtimes/wasm/convKernels';
import type { ConvShape } from '../../../../../src/worker/runtimes/wasm/convTables';
import { KernelRunner } from '../../../../../src/worker/runtimes/wasm/kernelRunner';
import { currentWasmBackend } from '../../../../../src/worker/runtimes/wasm/wasmBackend';
import { normals, relativeError, runOn } from '../../ops/compareBackends';

beforeAll(async () => {
  await startRuntime('wasm');
});

/** Runs on wasm and on the plain JavaScript backend and expects the same. */
async function expectSameOnCpu(compute: () => tf.Tensor[]): Promise<void> {
  const [ours, reference] = [await runOn('wasm', compute), await runOn('cpu', compute)];
  expect(ours).toHaveLength(reference.length);
  ours.forEach((values, i) => expect(relativeError(values, reference[i]!)).toBeLessThan(3e-6));
}

describe('stock kernels that we add to or replace in the wasm backend', () => {
  const convCases = [
    { x: [2, 9, 8, 3], filter: [3, 3, 3, 16], strides: 1, pad: 'same' },
    { x: [2, 9, 8, 3], filter: [3, 3, 3, 5], strides: 2, pad: 'same' },
    { x: [1, 8, 8, 16], filter: [5, 5, 16, 1], strides: 2, pad: 'valid' },
    { x: [3, 7, 7, 1], filter: [7, 7, 1, 3], strides: 1, pad: 3 },
    { x: [2, 6, 6, 16], filter: [1, 1, 16, 16], strides: 2, pad: 'valid' },
  ] as const;

  it.each(convCases)('gradients of tf.conv2d: %j', async ({ x, filter, strides, pad }) => {
    await expectSameOnCpu(() => {
      const inputs = [tf.tensor4d(normals(x, 1), [...x]), tf.tensor4d(normals(filter, 2), [...filter])];
      const apply = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
      const y = apply(inputs[0]!, inputs[1]!);
      const dy = tf.tensor4d(normals(y.shape, 3), y.shape as [number, number, number, number]);
      const attributes = { strides, pad, dataFormat: 'NHWC' };
      const run = (name: string, tensors: tf.NamedTensorMap, extra: object) =>
        tf.engine().runKernel(name, tensors, { ...attributes, ...extra } as unknown as tf.NamedAttrMap) as tf.Tensor;
      return [
        run('Conv2DBackpropInput', { dy, filter: inputs[1]! }, { inputShape: x }),
        run('Conv2DBackpropFilter', { x: inputs[0]!, dy }, { filterShape: filter }),
      ];
    });
  });

  const depthwiseCases = [
    { x: [2, 6, 5, 3], filter: [3, 3, 3, 1], strides: 1, pad: 'same' },
    { x: [1, 7, 8, 4], filter: [3, 3, 4, 2], strides: 2, pad: 'same' },
    { x: [1, 5, 5, 16], filter: [1, 1, 16, 1], strides: 1, pad: 'valid' },
  ] as const;

  it.each(depthwiseCases)('gradients of tf.depthwiseConv2d: %j', async ({ x, filter, strides, pad }) => {
    await expectSameOnCpu(() => {
      const inputs = [tf.tensor4d(normals(x, 1), [...x]), tf.tensor4d(normals(filter, 2), [...filter])];
      const y = tf.depthwiseConv2d(inputs[0] as tf.Tensor4D, inputs[1] as tf.Tensor4D, strides, pad);
      const dy = tf.tensor4d(normals(y.shape, 3), y.shape);
      const attributes = { strides, pad, dilations: 1, dataFormat: 'NHWC' };
      const run = (name: string, tensors: tf.NamedTensorMap, extra: object) =>
        tf.engine().runKernel(name, tensors, { ...attributes, ...extra } as unknown as tf.NamedAttrMap) as tf.Tensor;
      return [
        run('DepthwiseConv2dNativeBackpropInput', { dy, filter: inputs[1]! }, { inputShape: x }),
        run('DepthwiseConv2dNativeBackpropFilter', { x: inputs[0]!, dy }, { filterShape: filter }),
      ];
    });
  });

  it('dilated depthwise gradients are the adjoints of the forward pass (the cpu kernels ignore dilation)', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [x, filter] = [
        tf.tensor4d(normals([2, 8, 8, 3], 1), [2, 8, 8, 3]),
        tf.tensor4d(normals([3, 3, 3, 2], 2), [3, 3, 3, 2]),
      ];
      const forward = (input: tf.Tensor4D, weights: tf.Tensor4D) =>
        tf.depthwiseConv2d(input, weights, 1, 'valid', 'NHWC', 2);
      const dy = tf.tensor4d(normals([2, 4, 4, 6], 3), [2, 4, 4, 6]);
      const attributes = { strides: 1, pad: 'valid', dilations: 2, dataFormat: 'NHWC' };
      const run = (name: string, tensors: tf.NamedTensorMap, extra: object) =>
        tf.engine().runKernel(name, tensors, { ...attributes, ...extra } as unknown as tf.NamedAttrMap) as tf.Tensor;
      const dx = run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: x.shape });
      const dFilter = run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: filter.shape });
      const inner = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;
      for (let seed = 10; seed < 20; seed++) {
        const otherX = tf.tensor4d(normals(x.shape, seed), x.shape);
        const otherFilter = tf.tensor4d(normals(filter.shape, seed), filter.shape);
        expect(inner(dx, otherX)).toBeCloseTo(inner(dy, forward(otherX, filter)), 3);
        expect(inner(dFilter, otherFilter)).toBeCloseTo(inner(dy, forward(x, otherFilter)), 3);
      }
    });
  });

  it('UnsortedSegmentSum, with repeated, missing and negative ids', async () => {
    await expectSameOnCpu(() => [
      tf.unsortedSegmentSum(tf.tensor2d(normals([5, 3], 1), [5, 3]), tf.tensor1d([2, 0, 2, -1, 0], 'int32'), 4),
      tf.unsortedSegmentSum(tf.tensor1d(normals([4], 1)), tf.tensor1d([0, 1, 1, 1], 'int32'), 2),
    ]);
  });

  it.each([
    [[4, 6], [6, 5], false, false],
    [[1, 70], [70, 9], false, false],
    [[33, 17], [16, 17], false, true],
    [[128, 8], [1030, 8], false, true],
    [[9, 4], [9, 10], true, false],
    [[300, 3], [300, 1], true, false],
    [[6, 4], [5, 6], true, true],
    [[3, 4, 6], [3, 6, 5], false, false],
    [[1, 4, 6], [1, 5, 6], false, true],
    [[4, 6], [2, 6, 3], false, false],
  ])('matMul of %j and %j, transposed %s and %s', async (aShape, bShape, transposeA, transposeB) => {
    await expectSameOnCpu(() => {
      const [a, b] = [tf.tensor(normals(aShape, 1), aShape), tf.tensor(normals(bShape, 2), bShape)];
      return [tf.matMul(a, b, transposeA, transposeB)];
    });
    await tf.setBackend('wasm');
    const shape = tf.tidy(() => tf.matMul(tf.zeros(aShape), tf.zeros(bShape), transposeA, transposeB).shape);
    await tf.setBackend('cpu');
    expect(shape).toEqual(tf.tidy(() => tf.matMul(tf.zeros(aShape), tf.zeros(bShape), transposeA, transposeB).shape));
  });
});

describe('KernelRunner', () => {
  const shape: ConvShape = {
    ...{
      inHeight: 16,
      inWidth: 12,
      inChannels: 12,
      outHeight: 16,
      outWidth: 12,
      outChannels: 20,
      filterHeight: 3,
      filterWidth: 3,
    },
    ...{ strideHeight: 1, strideWidth: 1, padTop: 1, padLeft: 1, dilationHeight: 1, dilationWidth: 1 },
    groups: 1,
  };

  it('gives the same bits with one, two and four threads', async () => {
    await tf.setBackend('wasm');
    const backend = currentWasmBackend();
    const results: string[] = [];
    for (const threads of [1, 2, 4]) {
      const runner = new KernelRunner(backend.wasm.asm.memory, threads);
      expect(runner.threads).toBe(threads);
      const conv = new ConvKernels({ backend, runner });
      const [x, w, dy] = [
        tf.tensor(normals([40, 16, 12, 12], 1), [40, 16, 12, 12]),
        tf.tensor(normals([3, 3, 12, 20], 2), [3, 3, 12, 20]),
        tf.tensor(normals([40, 16, 12, 20], 3), [40, 16, 12, 20]),
      ];
      for (let repeat = 0; repeat < 5; repeat++) {
        const outputs = [
          conv.forward(x, w, shape),
          conv.inputGradient(dy, w, shape),
          conv.filterGradient(x, dy, shape),
        ];
        const tensors = outputs.map((info) => tf.engine().makeTensorFromTensorInfo(info));
        results.push(tensors.map((tensor) => Buffer.from(tensor.dataSync().buffer).toString('base64')).join());
        tf.dispose(tensors);
      }
      tf.dispose([x, w, dy]);
      await runner.dispose();
    }
    expect(new Set(results).size).toBe(1);
  });

  it('works on memory that is not shared, with one thread', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    const runner = new KernelRunner(memory, 4);
    expect(runner.threads).toBe(1);
    const bytes = new Uint8Array(memory.buffer).fill(7);
    runner.run([[{ kernel: 'clear', args: [0, 100] }], [{ kernel: 'clear', args: [200, 100] }]]);
    expect(bytes.reduce((count, value) => count + (value === 0 ? 1 : 0), 0)).toBe(200);
  });

  it('runs more calls than its program holds', async () => {
    await tf.setBackend('wasm');
    const backend = currentWasmBackend();
    const runner = new KernelRunner(backend.wasm.asm.memory, 2);
    const count = 40000;
    const offset = backend.wasm._malloc(count * 4) >>> 0;
    const numbers = () => new Int32Array(backend.wasm.HEAPU8.buffer, offset, count);
    numbers().fill(-1);
    runner.run(Array.from({ length: count }, (_, i) => [{ kernel: 'clear', args: [offset + i * 4, 4] }]));
    expect(numbers().every((value) => value === 0)).toBe(true);
    backend.wasm._free(offset);
    await runner.dispose();
  });
});

describe('committed modules', () => {
  it.each(['kernels', 'pixels'])('%s is what assembly/ compiles to', async (name) => {
    const builder = new URL('../../../../../assembly/build.mjs', import.meta.url).href;
    const { binarySource, compileModule, modules } = (await import(builder)) as {
      modules: Record<string, { file: string }>;
      compileModule: (name: string) => Promise<Buffer>;
      binarySource: (name: string, binary: Buffer) => string;
    };
    expect(binarySource(name, await compileModule(name))).toBe(readFileSync(modules[name]!.file, 'utf8'));
  });
});
