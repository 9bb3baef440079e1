/**
 * Registers TensorFlow's own operations under our operations' names: each replaces a composition of several, and by that
 * several passes over memory. What is not here runs as composed in src/worker/ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import type { ConvAttributes } from '../../ops/conv';
import type { PoolAttributes } from '../../ops/pool';
import type { NativeBackend } from './nativeBackend';
import { NativeBatchNorm } from './nativeBatchNorm';
import { NativeConv } from './nativeConv';
import { NativeOperations, withIntegers } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;
type Kernel<A> = (inputs: Infos, attributes: A) => tf.TensorInfo | tf.TensorInfo[];

/** Replaces whatever is registered for the backend `tensorflow` under these names. */
export function registerNativeKernels(backend: NativeBackend): void {
  const run = new NativeOperations(backend);
  registerConv(run);
  registerBatchNorm(run);
  registerPooling(run);
  registerPointwise(run);
}

function registerConv(run: NativeOperations): void {
  const conv = new NativeConv(run);
  register<ConvAttributes>('Transferscope.Conv2d', (inputs, attributes) => conv.forward(inputs, attributes));
  register<ConvAttributes & { inputShape: number[] }>('Transferscope.Conv2dInputGradient', (inputs, attributes) =>
    conv.inputGradient(inputs, attributes),
  );
  register<ConvAttributes & { filterShape: number[] }>('Transferscope.Conv2dFilterGradient', (inputs, attributes) =>
    conv.filterGradient(inputs, attributes),
  );
}

function registerBatchNorm(run: NativeOperations): void {
  const norm = new NativeBatchNorm(run);
  register<BatchNormAttributes>('Transferscope.BatchNorm', (inputs, attributes) => norm.forward(inputs, attributes));
  register<BatchNormAttributes>('Transferscope.BatchNormGradient', (inputs, attributes) =>
    norm.gradient(inputs, attributes),
  );
  register<BatchNormInferenceAttributes>('Transferscope.BatchNormInference', (inputs, attributes) =>
    norm.inference(inputs, attributes),
  );
}

function registerPooling(run: NativeOperations): void {
  const poolAttributes = ({ size, stride, padding }: PoolAttributes) => ({
    numbers: {
      ksize: [1, size, size, 1],
      strides: [1, stride, stride, 1],
      explicit_paddings: padding === 0 ? [] : [0, 0, padding, padding, padding, padding, 0, 0],
    },
    texts: { padding: padding === 0 ? 'VALID' : 'EXPLICIT', data_format: 'NHWC' },
  });
  register<PoolAttributes>('Transferscope.MaxPool', ({ x }, attributes) =>
    run.one('MaxPool', [x!], poolAttributes(attributes)),
  );
  register<PoolAttributes>('Transferscope.MaxPoolGradient', ({ dy, x, y }, attributes) =>
    run.one('MaxPoolGrad', [x!, y!, dy!], poolAttributes(attributes)),
  );
  register<object>('Transferscope.GlobalAveragePool', ({ x }) =>
    withIntegers([1, 2], (axes) =>
      run.one('Mean', [x!, axes], { types: { T: 'float32', Tidx: 'int32' }, flags: { keep_dims: false } }),
    ),
  );
}

function registerPointwise(run: NativeOperations): void {
  register<object>('Transferscope.ReluGradient', ({ dy, y }) => run.one('ReluGrad', [dy!, y!]));
  register<object>('Transferscope.SoftmaxCrossEntropy', ({ logits, labels }) =>
    tf.tidy(() => {
      const [losses, difference] = run.many('SparseSoftmaxCrossEntropyWithLogits', [logits!, labels!], {
        types: { T: 'float32', Tlabels: 'int32' },
        count: 2,
      }) as [tf.Tensor, tf.Tensor];
      return [tf.mean(losses), tf.div(difference, logits!.shape[0]!)];
    }),
  );
}

function register<A>(kernelName: string, kernel: Kernel<A>): void {
  if (tf.getKernel(kernelName, 'tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => kernel(inputs as Infos, attrs as unknown as A),
  });
}
