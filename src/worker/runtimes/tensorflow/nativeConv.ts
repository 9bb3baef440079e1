/**
 * Convolution and its gradients as TensorFlow's own operations. Where the padding is neither none nor TensorFlow's SAME, the
 * input is padded first: oneDNN's kernels refuse explicit padding, and TensorFlow's others are several times slower.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { ConvAttributes } from '../../ops/conv';
import type { NativeTensor } from './nativeBackend';
import { remember, type NativeOperations, type Operand } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

interface Plan {
  readonly padding: 'SAME' | 'VALID';
  /** Zeros added on each side before. */
  readonly border: number;
  readonly stride: number;
  readonly dilation: number;
}

export class NativeConv {
  private readonly attributesOf = remember(({ padding, stride, dilation }: Plan) =>
    this.tensorflow.attributes({
      numbers: { strides: [1, stride, stride, 1], dilations: [1, dilation, dilation, 1] },
      texts: { padding, data_format: 'NHWC' },
      flags: { use_cudnn_on_gpu: true },
    }),
  );
  private readonly padAttributes: ReturnType<NativeOperations['attributes']>;
  private readonly sliceAttributes: ReturnType<NativeOperations['attributes']>;

  constructor(private readonly tensorflow: NativeOperations) {
    this.padAttributes = tensorflow.attributes({ types: { T: 'float32', Tpaddings: 'int32' } });
    this.sliceAttributes = tensorflow.attributes({ types: { T: 'float32', Index: 'int32' } });
  }

  forward({ x, filter }: Infos, attributes: ConvAttributes): tf.Tensor[] {
    const plan = planConv(filter!.shape, attributes);
    return this.tensorflow.run(() => [
      this.tensorflow.one('Conv2D', [this.pad(x!, plan.border), filter!], this.attributesOf(plan)),
    ]);
  }

  inputGradient(
    { dy, filter }: Infos,
    attributes: ConvAttributes & { readonly inputShape: readonly number[] },
  ): tf.Tensor[] {
    const plan = planConv(filter!.shape, attributes);
    const { border } = plan;
    const [count, height, width, channels] = attributes.inputShape as [number, number, number, number];
    const sizes = this.tensorflow.integers([count, height + 2 * border, width + 2 * border, channels]);
    return this.tensorflow.run(() => {
      const gradient = this.tensorflow.one('Conv2DBackpropInput', [sizes, filter!, dy!], this.attributesOf(plan));
      if (border === 0) return [gradient];
      const [begin, size] = [
        this.tensorflow.integers([0, border, border, 0]),
        this.tensorflow.integers([count, height, width, channels]),
      ];
      return [this.tensorflow.one('Slice', [gradient, begin, size], this.sliceAttributes)];
    });
  }

  filterGradient(
    { x, dy }: Infos,
    attributes: ConvAttributes & { readonly filterShape: readonly number[] },
  ): tf.Tensor[] {
    const plan = planConv(attributes.filterShape, attributes);
    const sizes = this.tensorflow.integers(attributes.filterShape);
    return this.tensorflow.run(() => [
      this.tensorflow.one('Conv2DBackpropFilter', [this.pad(x!, plan.border), sizes, dy!], this.attributesOf(plan)),
    ]);
  }

  private pad(x: tf.TensorInfo, border: number): Operand | NativeTensor {
    if (border === 0) return x;
    const paddings = this.tensorflow.integers([0, 0, border, border, border, border, 0, 0], [4, 2]);
    return this.tensorflow.one('Pad', [x, paddings], this.padAttributes);
  }
}

function planConv(filterShape: readonly number[], { stride, padding, dilation }: ConvAttributes): Plan {
  if (padding === 0) return { padding: 'VALID', border: 0, stride, dilation };
  const isSame = [filterShape[0]!, filterShape[1]!].every((length) => 2 * padding === dilation * (length - 1));
  if (stride === 1 && isSame) return { padding: 'SAME', border: 0, stride, dilation };
  return { padding: 'VALID', border: padding, stride, dilation };
}
