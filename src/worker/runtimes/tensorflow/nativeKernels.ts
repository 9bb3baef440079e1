/**
 * Registers TensorFlow's own operations under our operations' names: each replaces a composition of several, and by that
 * several passes over memory. What is not here runs as composed in src/worker/ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import type { ConvAttributes } from '../../ops/conv';
import type { MomentumStepAttributes } from '../../ops/momentumStep';
import type { PoolAttributes } from '../../ops/pool';
import type { BilinearAttributes } from '../../ops/resize';
import type { RoiAlignAttributes } from '../../ops/roiAlign';
import type { NativeBackend } from './nativeBackend';
import { NativeBatchNorm } from './nativeBatchNorm';
import { NativeConv } from './nativeConv';
import { NativeOperations } from './nativeOperations';
import { NativePooling } from './nativePooling';
import { NativeRoiAlign } from './nativeRoiAlign';
import { NativeUpdates } from './nativeUpdates';

type Infos = Readonly<Record<string, tf.TensorInfo>>;
type Kernel<A> = (inputs: Infos, attributes: A) => tf.Tensor[];

/** Replaces whatever is registered for the backend `tensorflow` under these names. */
export function registerNativeKernels(backend: NativeBackend): void {
  const tensorflow = new NativeOperations(backend);
  registerConv(tensorflow);
  registerBatchNorm(tensorflow);
  registerPooling(tensorflow);
  registerResize(tensorflow);
  registerPointwise(tensorflow);
  registerLoss(tensorflow);
  registerRoiAlign(tensorflow);
  registerOptimizer(tensorflow);
}

function registerConv(tensorflow: NativeOperations): void {
  const conv = new NativeConv(tensorflow);
  register<ConvAttributes>('Transferscope.Conv2d', (inputs, attributes) => conv.forward(inputs, attributes));
  register<ConvAttributes & { inputShape: number[] }>('Transferscope.Conv2dInputGradient', (inputs, attributes) =>
    conv.inputGradient(inputs, attributes),
  );
  register<ConvAttributes & { filterShape: number[] }>('Transferscope.Conv2dFilterGradient', (inputs, attributes) =>
    conv.filterGradient(inputs, attributes),
  );
}

function registerBatchNorm(tensorflow: NativeOperations): void {
  const norm = new NativeBatchNorm(tensorflow);
  register<BatchNormAttributes>('Transferscope.BatchNorm', (inputs, attributes) => norm.forward(inputs, attributes));
  register<BatchNormAttributes>('Transferscope.BatchNormGradient', (inputs, attributes) =>
    norm.gradient(inputs, attributes),
  );
  register<BatchNormInferenceAttributes>('Transferscope.BatchNormInference', (inputs, attributes) =>
    norm.inference(inputs, attributes),
  );
}

function registerRoiAlign(tensorflow: NativeOperations): void {
  const align = new NativeRoiAlign(tensorflow);
  register<RoiAlignAttributes>('Transferscope.RoiAlign', (inputs, attributes) => align.forward(inputs, attributes));
  register<RoiAlignAttributes>('Transferscope.RoiAlignGradient', (inputs, attributes) =>
    align.gradient(inputs, attributes),
  );
}

function registerPooling(tensorflow: NativeOperations): void {
  const pooling = new NativePooling(tensorflow);
  register<PoolAttributes>('Transferscope.MaxPool', (inputs, attributes) => pooling.largest(inputs, attributes));
  register<PoolAttributes>('Transferscope.MaxPoolGradient', (inputs, attributes) =>
    pooling.largestGradient(inputs, attributes),
  );
  register<object>('Transferscope.GlobalAveragePool', (inputs) => pooling.average(inputs));
}

/** The forward passes and the gradient of nearest neighbours are TensorFlow's own already, by tfjs-node's kernels. */
function registerResize(tensorflow: NativeOperations): void {
  const placed = tensorflow.attributes({
    types: { T: 'float32' },
    flags: { align_corners: false, half_pixel_centers: true },
  });
  const filled = tensorflow.attributes({ types: { T: 'float32', index_type: 'int32' } });
  register<BilinearAttributes>('Transferscope.ResizeBilinearGradient', ({ dy }, { from }) =>
    tensorflow.run(() => {
      // Only the shape of the original image counts.
      const shape = tensorflow.integers([dy!.shape[0]!, ...from, dy!.shape[3]!]);
      const original = tensorflow.one('Fill', [shape, tensorflow.constantNumber(0)], filled);
      return [tensorflow.one('ResizeBilinearGrad', [dy!, original], placed)];
    }),
  );
}

function registerPointwise(tensorflow: NativeOperations): void {
  const plain = tensorflow.attributes({});
  register<object>('Transferscope.Relu', ({ x }) => tensorflow.run(() => [tensorflow.one('Relu', [x!], plain)]));
  register<object>('Transferscope.ReluGradient', ({ dy, y }) =>
    tensorflow.run(() => [tensorflow.one('ReluGrad', [dy!, y!], plain)]),
  );
  register<object>('Transferscope.AddBias', ({ x, bias }) =>
    tensorflow.run(() => [tensorflow.one('AddV2', [x!, bias!], plain)]),
  );
}

function registerOptimizer(tensorflow: NativeOperations): void {
  const updates = new NativeUpdates(tensorflow);
  register<MomentumStepAttributes>('Transferscope.MomentumStep', (inputs, attributes) =>
    updates.momentumStep(inputs, attributes),
  );
  register<{ aShare: number; bShare: number }>('Transferscope.Blend', (inputs, shares) =>
    updates.blend(inputs, shares),
  );
}

function registerLoss(tensorflow: NativeOperations): void {
  const plain = tensorflow.attributes({});
  const labelled = tensorflow.attributes({ types: { T: 'float32', Tlabels: 'int32' } });
  const reduced = tensorflow.attributes({ types: { T: 'float32', Tidx: 'int32' }, flags: { keep_dims: false } });
  const reshaped = tensorflow.attributes({ types: { T: 'float32', Tshape: 'int32' } });
  register<object>('Transferscope.SoftmaxCrossEntropy', ({ logits, labels }) =>
    tensorflow.run(() => {
      const inputs = [logits!, labels!];
      const [losses, difference] = tensorflow.many('SparseSoftmaxCrossEntropyWithLogits', inputs, labelled, 2);
      const count = tensorflow.constantNumber(logits!.shape[0]!);
      const loss = tensorflow.one('Mean', [losses!, tensorflow.integers([0])], reduced);
      return [loss, tensorflow.one('RealDiv', [difference!, count], plain)];
    }),
  );
  register<object>('Transferscope.WeightedCrossEntropy', ({ logits, labels, weights }) =>
    tensorflow.run(() => {
      const inputs = [logits!, labels!];
      const [losses, difference] = tensorflow.many('SparseSoftmaxCrossEntropyWithLogits', inputs, labelled, 2);
      const weighted = tensorflow.one('Mul', [losses!, weights!], plain);
      const column = tensorflow.one('Reshape', [weights!, tensorflow.integers([-1, 1])], reshaped);
      return [
        tensorflow.one('Sum', [weighted, tensorflow.integers([0])], reduced),
        tensorflow.one('Mul', [difference!, column], plain),
      ];
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
