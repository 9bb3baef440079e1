/**
 * Pooling as TensorFlow's own operations. The gradient of the largest value is oneDNN's where this TensorFlow has it: three
 * times as fast as TensorFlow's, and equal bit for bit.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { PoolAttributes } from '../../ops/pool';
import type { NativeTensor } from './nativeBackend';
import { remember, type NativeOperations } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

/** What makes TensorFlow run an operation of oneDNN's, which it keeps to itself otherwise. */
const ONEDNN_KERNEL = { _kernel: 'MklNameChangeOp' };
/** Below every number that occurs; infinities are avoided, as oneDNN starts from the least finite one. */
const LOWEST = -3.4e38;

export class NativePooling {
  private readonly reduced;
  private readonly padded;
  private readonly sliced;
  private hasOneDnn = true;
  private readonly windows = remember(({ size, stride, padding }: PoolAttributes) =>
    this.tensorflow.attributes({
      numbers: {
        ksize: [1, size, size, 1],
        strides: [1, stride, stride, 1],
        explicit_paddings: padding === 0 ? [] : [0, 0, padding, padding, padding, padding, 0, 0],
      },
      texts: { padding: padding === 0 ? 'VALID' : 'EXPLICIT', data_format: 'NHWC' },
    }),
  );
  private readonly oneDnnWindows = remember(({ size, stride }: { size: number; stride: number }) =>
    this.tensorflow.attributes({
      numbers: { ksize: [1, size, size, 1], strides: [1, stride, stride, 1] },
      texts: { padding: 'VALID', data_format: 'NHWC', ...ONEDNN_KERNEL },
      flags: { workspace_enabled: true },
    }),
  );

  constructor(private readonly tensorflow: NativeOperations) {
    this.reduced = tensorflow.attributes({ types: { T: 'float32', Tidx: 'int32' }, flags: { keep_dims: false } });
    this.padded = tensorflow.attributes({ types: { T: 'float32', Tpaddings: 'int32' } });
    this.sliced = tensorflow.attributes({ types: { T: 'float32', Index: 'int32' } });
  }

  largest({ x }: Infos, attributes: PoolAttributes): tf.Tensor[] {
    return this.tensorflow.run(() => [this.tensorflow.one('MaxPool', [x!], this.windows(attributes))]);
  }

  largestGradient({ dy, x, y }: Infos, attributes: PoolAttributes): tf.Tensor[] {
    if (this.hasOneDnn && !this.tensorflow.isOnGpu) {
      try {
        return this.tensorflow.run(() => [this.oneDnnGradient(dy!, x!, attributes)]);
      } catch {
        this.hasOneDnn = false; // a TensorFlow without oneDNN, or switched off by TF_ENABLE_ONEDNN_OPTS
      }
    }
    return this.tensorflow.run(() => [this.tensorflow.one('MaxPoolGrad', [x!, y!, dy!], this.windows(attributes))]);
  }

  average({ x }: Infos): tf.Tensor[] {
    return this.tensorflow.run(() => [
      this.tensorflow.one('Mean', [x!, this.tensorflow.integers([1, 2])], this.reduced),
    ]);
  }

  /** Pools again, which tells oneDNN which value of each window was the largest. */
  private oneDnnGradient(dy: tf.TensorInfo, x: tf.TensorInfo, attributes: PoolAttributes): NativeTensor {
    const { tensorflow } = this;
    const { padding } = attributes;
    const call = (name: string, inputs: readonly (tf.TensorInfo | NativeTensor)[], outputs: number) =>
      tensorflow.many(name, inputs, this.oneDnnWindows(attributes), outputs);
    const around = tensorflow.integers([0, 0, padding, padding, padding, padding, 0, 0], [4, 2]);
    const bordered =
      padding === 0 ? x : tensorflow.one('PadV2', [x, around, tensorflow.constantNumber(LOWEST)], this.padded);
    const [y, places] = call('_MklNativeMaxPool', [bordered], 2);
    const [gradient] = call('_MklNativeMaxPoolGrad', [bordered, y!, dy, places!], 1);
    if (padding === 0) return gradient!;
    const [begin, size] = [tensorflow.integers([0, padding, padding, 0]), tensorflow.integers(x.shape)];
    return tensorflow.one('Slice', [gradient!, begin, size], this.sliced);
  }
}
