/**
 * Batch normalisation and its gradient as TensorFlow's fused operations, one call per group of the batch. They reserve the
 * batch's statistics for the gradient: the variance on processors, the inverse deviation on NVIDIA's.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import type { NativeOperations } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

const types = { T: 'float32', U: 'float32' } as const;

export class NativeBatchNorm {
  constructor(private readonly run: NativeOperations) {}

  /** Returns y, means [G, C] and biased variances [G, C]. */
  forward(inputs: Infos, { epsilon, groups, relu, skip }: BatchNormAttributes): tf.Tensor[] {
    const { gamma, beta } = inputs;
    return tf.tidy(() => {
      const x = inputs['x'] as tf.Tensor;
      const empty = tf.tensor1d([]);
      const parts = splitBatch(asImages(x), groups).map((part) => {
        const rows = part.size / gamma!.shape[0]!;
        const [y, mean, variance] = this.run.many('FusedBatchNormV3', [part, gamma!, beta!, empty, empty], {
          types,
          reals: { epsilon, exponential_avg_factor: 1 },
          texts: { data_format: 'NHWC' },
          flags: { is_training: true },
          count: 6,
          kept: [0, 1, 2],
        }) as [tf.Tensor, tf.Tensor, tf.Tensor];
        // The operation's variance is the unbiased one.
        return { y, mean, variance: tf.mul(variance, (rows - 1) / Math.max(rows, 1)) };
      });
      const normal = tf.reshape(joinBatch(parts.map(({ y }) => y)), x.shape);
      return [
        finish(normal, { relu, skip: skip ? (inputs['skip'] as tf.Tensor) : undefined }),
        tf.stack(parts.map(({ mean }) => mean)),
        tf.stack(parts.map(({ variance }) => variance)),
      ];
    });
  }

  /** Returns the gradients of x, γ and β, and that of the shortcut where there is one. */
  gradient(inputs: Infos, { epsilon, groups, relu, skip }: BatchNormAttributes): tf.Tensor[] {
    return tf.tidy(() => {
      const { dy, x, gamma, y, mean, variance } = inputs as Readonly<Record<string, tf.Tensor>>;
      const dz = relu ? this.run.one('ReluGrad', [dy!, y!]) : dy!;
      const reserved = this.run.isOnGpu ? tf.rsqrt(tf.add(variance!, epsilon)) : variance!;
      const empty = tf.tensor1d([]);
      const [dzParts, xParts] = [splitBatch(asImages(dz), groups), splitBatch(asImages(x!), groups)];
      const rowOf = (values: tf.Tensor, group: number) => tf.reshape(tf.slice(values, [group, 0], [1, -1]), [-1]);
      const parts = xParts.map((part, group) =>
        this.run.many(
          'FusedBatchNormGradV3',
          [dzParts[group]!, part, gamma!, rowOf(mean!, group), rowOf(reserved, group), empty],
          {
            types,
            reals: { epsilon },
            texts: { data_format: 'NHWC' },
            flags: { is_training: true },
            count: 5,
            kept: [0, 1, 2],
          },
        ),
      );
      const total = (index: number) => (groups === 1 ? parts[0]![index]! : tf.addN(parts.map((part) => part[index]!)));
      const dx = tf.reshape(joinBatch(parts.map((part) => part[0]!)), x!.shape);
      return [dx, total(1), total(2), ...(skip ? [relu ? dz : tf.clone(dz)] : [])];
    });
  }

  inference(inputs: Infos, { epsilon, relu }: BatchNormInferenceAttributes): tf.Tensor {
    return tf.tidy(() => {
      const { gamma, beta, mean, variance } = inputs;
      const x = inputs['x'] as tf.Tensor;
      const [y] = this.run.many('FusedBatchNormV3', [asImages(x), gamma!, beta!, mean!, variance!], {
        types,
        reals: { epsilon, exponential_avg_factor: 1 },
        texts: { data_format: 'NHWC' },
        flags: { is_training: false },
        count: 6,
        kept: [0],
      }) as [tf.Tensor];
      return finish(tf.reshape(y, x.shape), { relu, skip: inputs['skip'] as tf.Tensor | undefined });
    });
  }
}

function finish(
  y: tf.Tensor,
  { relu, skip }: { readonly relu: boolean; readonly skip: tf.Tensor | undefined },
): tf.Tensor {
  const sum = skip ? tf.add(y, skip) : y;
  return relu ? tf.relu(sum) : sum;
}

/** [N, C] → [N, 1, 1, C]. */
function asImages(x: tf.Tensor): tf.Tensor {
  return x.rank === 4 ? x : tf.reshape(x, [x.shape[0]!, 1, 1, x.shape[1]!]);
}

function splitBatch(x: tf.Tensor, groups: number): tf.Tensor[] {
  return groups === 1 ? [x] : tf.split(x, groups, 0);
}

function joinBatch(parts: tf.Tensor[]): tf.Tensor {
  return parts.length === 1 ? parts[0]! : tf.concat(parts, 0);
}
