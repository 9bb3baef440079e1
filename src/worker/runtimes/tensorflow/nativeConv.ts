/**
 * Convolution and its gradients as TensorFlow's own operations, which know groups from the filter's shape and have others for
 * depthwise convolutions. Where the padding is neither none nor TensorFlow's SAME, the
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
  private readonly depthwiseAttributesOf = remember(({ padding, stride, dilation }: Plan) =>
    this.tensorflow.attributes({
      numbers: { strides: [1, stride, stride, 1], dilations: [1, dilation, dilation, 1] },
      texts: { padding, data_format: 'NHWC' },
    }),
  );
  private readonly reshapeAttributes: ReturnType<NativeOperations['attributes']>;
  private readonly padAttributes: ReturnType<NativeOperations['attributes']>;
  private readonly sliceAttributes: ReturnType<NativeOperations['attributes']>;

  constructor(private readonly tensorflow: NativeOperations) {
    this.padAttributes = tensorflow.attributes({ types: { T: 'float32', Tpaddings: 'int32' } });
    this.reshapeAttributes = tensorflow.attributes({ types: { T: 'float32', Tshape: 'int32' } });
    this.sliceAttributes = tensorflow.attributes({ types: { T: 'float32', Index: 'int32' } });
  }

  forward({ x, filter }: Infos, attributes: ConvAttributes): tf.Tensor[] {
    const plan = planConv(filter!.shape, attributes);
    return this.tensorflow.run(() => {
      const padded = this.pad(x!, plan.border);
      if (!isDepthwise(filter!.shape, attributes))
        return [this.tensorflow.one('Conv2D', [padded, filter!], this.attributesOf(plan))];
      const inputs = [padded, this.turned(filter!)];
      return [this.tensorflow.one('DepthwiseConv2dNative', inputs, this.depthwiseAttributesOf(plan))];
    });
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
      const gradient = isDepthwise(filter!.shape, attributes)
        ? this.tensorflow.one(
            'DepthwiseConv2dNativeBackpropInput',
            [sizes, this.turned(filter!), dy!],
            this.depthwiseAttributesOf(plan),
          )
        : this.tensorflow.one('Conv2DBackpropInput', [sizes, filter!, dy!], this.attributesOf(plan));
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
    return this.tensorflow.run(() => {
      const padded = this.pad(x!, plan.border);
      if (!isDepthwise(attributes.filterShape, attributes))
        return [this.tensorflow.one('Conv2DBackpropFilter', [padded, sizes, dy!], this.attributesOf(plan))];
      const inputs = [padded, this.tensorflow.integers(turnedShape(attributes.filterShape)), dy!];
      const gradient = this.tensorflow.one(
        'DepthwiseConv2dNativeBackpropFilter',
        inputs,
        this.depthwiseAttributesOf(plan),
      );
      return [this.tensorflow.one('Reshape', [gradient, sizes], this.reshapeAttributes)];
    });
  }

  /** [KH, KW, 1, C] as [KH, KW, C, 1], which is the same in memory. */
  private turned(filter: tf.TensorInfo): NativeTensor {
    const shape = this.tensorflow.integers(turnedShape(filter.shape));
    return this.tensorflow.one('Reshape', [filter, shape], this.reshapeAttributes);
  }

  private pad(x: tf.TensorInfo, border: number): Operand | NativeTensor {
    if (border === 0) return x;
    const paddings = this.tensorflow.integers([0, 0, border, border, border, border, 0, 0], [4, 2]);
    return this.tensorflow.one('Pad', [x, paddings], this.padAttributes);
  }
}

/** Whether every channel is a group of its own with one output. */
function isDepthwise(filterShape: readonly number[], { groups }: ConvAttributes): boolean {
  return groups > 1 && filterShape[2] === 1 && filterShape[3] === groups;
}

function turnedShape([height, width, , channels]: readonly number[]): number[] {
  return [height!, width!, channels!, 1];
}

function planConv(filterShape: readonly number[], { stride, padding, dilation }: ConvAttributes): Plan {
  if (padding === 0) return { padding: 'VALID', border: 0, stride, dilation };
  const isSame = [filterShape[0]!, filterShape[1]!].every((length) => 2 * padding === dilation * (length - 1));
  if (stride === 1 && isSame) return { padding: 'SAME', border: 0, stride, dilation };
  return { padding: 'VALID', border: padding, stride, dilation };
}
