/**
 * Convolution and its gradients as TensorFlow's own operations. Where the padding is neither none nor TensorFlow's SAME, the
 * input is padded first: oneDNN's kernels refuse explicit padding, and TensorFlow's others are several times slower.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvAttributes } from '../../ops/conv';
import { withIntegers, type NativeOperations } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

export class NativeConv {
  constructor(private readonly run: NativeOperations) {}

  forward({ x, filter }: Infos, attributes: ConvAttributes): tf.Tensor {
    const { padding, border } = plan(filter!.shape, attributes);
    if (border === 0) return this.run.one('Conv2D', [x!, filter!], convAttributes(attributes, padding));
    const padded = this.pad(x!, border);
    const y = this.run.one('Conv2D', [padded, filter!], convAttributes(attributes, padding));
    padded.dispose();
    return y;
  }

  inputGradient(
    { dy, filter }: Infos,
    attributes: ConvAttributes & { readonly inputShape: readonly number[] },
  ): tf.Tensor {
    const { padding, border } = plan(filter!.shape, attributes);
    const [count, height, width, channels] = attributes.inputShape as [number, number, number, number];
    const padded = [count, height + 2 * border, width + 2 * border, channels];
    const gradient = withIntegers(padded, (sizes) =>
      this.run.one('Conv2DBackpropInput', [sizes, filter!, dy!], convAttributes(attributes, padding)),
    );
    if (border === 0) return gradient;
    const inner = withIntegers([0, border, border, 0], (begin) =>
      withIntegers([count, height, width, channels], (size) =>
        this.run.one('Slice', [gradient, begin, size], { types: { T: 'float32', Index: 'int32' } }),
      ),
    );
    gradient.dispose();
    return inner;
  }

  filterGradient(
    { x, dy }: Infos,
    attributes: ConvAttributes & { readonly filterShape: readonly number[] },
  ): tf.Tensor {
    const { padding, border } = plan(attributes.filterShape, attributes);
    const input = border === 0 ? x! : this.pad(x!, border);
    const gradient = withIntegers(attributes.filterShape, (sizes) =>
      this.run.one('Conv2DBackpropFilter', [input, sizes, dy!], convAttributes(attributes, padding)),
    );
    if (border !== 0) (input as tf.Tensor).dispose();
    return gradient;
  }

  private pad(x: tf.TensorInfo, border: number): tf.Tensor {
    return withIntegers([0, 0, border, border, border, border, 0, 0], (flat) => {
      const paddings = tf.reshape(flat, [4, 2]);
      const padded = this.run.one('Pad', [x, paddings], { types: { T: 'float32', Tpaddings: 'int32' } });
      paddings.dispose();
      return padded;
    });
  }
}

/** Which of TensorFlow's paddings does it, after adding `border` zeros on each side. */
function plan(filterShape: readonly number[], { stride, padding, dilation }: ConvAttributes) {
  if (padding === 0) return { padding: 'VALID', border: 0 } as const;
  const isSame = [filterShape[0]!, filterShape[1]!].every((length) => 2 * padding === dilation * (length - 1));
  if (stride === 1 && isSame) return { padding: 'SAME', border: 0 } as const;
  return { padding: 'VALID', border: padding } as const;
}

function convAttributes({ stride, dilation }: ConvAttributes, padding: string) {
  return {
    numbers: { strides: [1, stride, stride, 1], dilations: [1, dilation, dilation, 1] },
    texts: { padding, data_format: 'NHWC' },
    flags: { use_cudnn_on_gpu: true },
  };
}
