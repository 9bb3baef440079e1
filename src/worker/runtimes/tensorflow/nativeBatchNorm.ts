/**
 * Batch normalisation and its gradient as TensorFlow's fused operations, one call per group of the batch. They reserve the
 * batch's statistics for the gradient: the biased variance on processors, the inverse deviation on NVIDIA's.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import type { NativeTensor } from './nativeBackend';
import { remember, type NativeOperations, type Operand } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

export class NativeBatchNorm {
  private readonly attributesOf = remember(({ epsilon, training }: { epsilon: number; training: boolean }) => ({
    forward: this.tensorflow.attributes({
      types: { T: 'float32', U: 'float32' },
      reals: { epsilon, exponential_avg_factor: 1 },
      texts: { data_format: 'NHWC' },
      flags: { is_training: training },
    }),
    gradient: this.tensorflow.attributes({
      types: { T: 'float32', U: 'float32' },
      reals: { epsilon },
      texts: { data_format: 'NHWC' },
      flags: { is_training: training },
    }),
  }));
  private readonly plain;
  private readonly shaped;
  private readonly listOf = remember(({ count }: { count: number }) => ({
    split: this.tensorflow.attributes({ numbers: { num_split: count } }),
    concat: this.tensorflow.attributes({ types: { T: 'float32', Tidx: 'int32' }, numbers: { N: count } }),
    pack: this.tensorflow.attributes({ numbers: { N: count, axis: 0 } }),
    unpack: this.tensorflow.attributes({ numbers: { num: count, axis: 0 } }),
    sum: this.tensorflow.attributes({ numbers: { N: count } }),
  }));

  constructor(private readonly tensorflow: NativeOperations) {
    this.plain = tensorflow.attributes({});
    this.shaped = tensorflow.attributes({ types: { T: 'float32', Tshape: 'int32' } });
  }

  /** Returns y, means [G, C] and biased variances [G, C]. */
  forward(inputs: Infos, { epsilon, groups, relu, skip }: BatchNormAttributes): tf.Tensor[] {
    const { tensorflow } = this;
    const { x, gamma, beta } = inputs;
    const attributes = this.attributesOf({ epsilon, training: true }).forward;
    const rows = size(x!.shape) / gamma!.shape[0]! / groups;
    return tensorflow.run(() => {
      const parts = this.split(this.asImages(x!), groups).map((part) => {
        const operands = [part, gamma!, beta!, tensorflow.nothing, tensorflow.nothing];
        const [y, mean, unbiased, , reserved] = tensorflow.many('FusedBatchNormV3', operands, attributes, 6);
        const variance = tensorflow.isOnGpu ? this.scale(unbiased!, (rows - 1) / rows) : reserved!;
        return { y: y!, mean: mean!, variance };
      });
      const normal = this.backTo(this.join(parts.map(({ y }) => y)), x!.shape);
      const y = this.finish(normal, relu, skip ? inputs['skip'] : undefined);
      return [y, this.pack(parts.map(({ mean }) => mean)), this.pack(parts.map(({ variance }) => variance))];
    });
  }

  /** Returns the gradients of x, γ and β, and that of the shortcut where there is one. */
  gradient(inputs: Infos, { epsilon, groups, relu, skip }: BatchNormAttributes): tf.Tensor[] {
    const { tensorflow } = this;
    const { dy, x, gamma, y, mean, variance } = inputs;
    const attributes = this.attributesOf({ epsilon, training: true }).gradient;
    return tensorflow.run(() => {
      const dz = relu ? tensorflow.one('ReluGrad', [dy!, y!], this.plain) : dy!;
      const reserved = tensorflow.isOnGpu ? this.inverseDeviation(variance!, epsilon) : variance!;
      const [dzParts, xParts] = [this.split(this.asImages(dz), groups), this.split(this.asImages(x!), groups)];
      const [means, variances] = [this.unpack(mean!, groups), this.unpack(reserved, groups)];
      const parts = xParts.map((part, group) => {
        const operands = [dzParts[group]!, part, gamma!, means[group]!, variances[group]!, tensorflow.nothing];
        return tensorflow.many('FusedBatchNormGradV3', operands, attributes, 5);
      });
      const total = (index: number) => this.sum(parts.map((part) => part[index]!));
      const dx = this.backTo(this.join(parts.map((part) => part[0]!)), x!.shape);
      if (!skip) return [dx, total(1), total(2)];
      const dSkip = 'id' in dz && !('dataId' in dz) ? dz : tensorflow.one('Identity', [dz], this.plain);
      return [dx, total(1), total(2), dSkip];
    });
  }

  inference(inputs: Infos, { epsilon, relu }: BatchNormInferenceAttributes): tf.Tensor[] {
    const { x, gamma, beta, mean, variance, skip } = inputs;
    const attributes = this.attributesOf({ epsilon, training: false }).forward;
    return this.tensorflow.run(() => {
      const operands = [this.asImages(x!), gamma!, beta!, mean!, variance!];
      const [y] = this.tensorflow.many('FusedBatchNormV3', operands, attributes, 6);
      return [this.finish(this.backTo(y!, x!.shape), relu, skip)];
    });
  }

  private finish(y: NativeTensor, relu: boolean, skip: tf.TensorInfo | undefined): NativeTensor {
    const sum = skip ? this.tensorflow.one('AddV2', [y, skip], this.plain) : y;
    return relu ? this.tensorflow.one('Relu', [sum], this.plain) : sum;
  }

  private scale(values: NativeTensor, factor: number): NativeTensor {
    return this.tensorflow.one('Mul', [values, this.tensorflow.constantNumber(factor)], this.plain);
  }

  private inverseDeviation(variance: Operand, epsilon: number): NativeTensor {
    const sum = this.tensorflow.one('AddV2', [variance, this.tensorflow.constantNumber(epsilon)], this.plain);
    return this.tensorflow.one('Rsqrt', [sum], this.plain);
  }

  /** [N, C] → [N, 1, 1, C]. */
  private asImages(x: Operand): Operand {
    return x.shape.length === 4 ? x : this.reshape(x, [x.shape[0]!, 1, 1, x.shape[1]!]);
  }

  private backTo(x: NativeTensor, shape: readonly number[]): NativeTensor {
    return shape.length === 4 ? x : this.reshape(x, shape);
  }

  private reshape(x: Operand, shape: readonly number[]): NativeTensor {
    return this.tensorflow.one('Reshape', [x, this.tensorflow.integers(shape)], this.shaped);
  }

  private split(x: Operand, groups: number): Operand[] {
    if (groups === 1) return [x];
    const axis = this.tensorflow.integers([0], []);
    return this.tensorflow.many('Split', [axis, x], this.listOf({ count: groups }).split, groups);
  }

  private join(parts: NativeTensor[]): NativeTensor {
    if (parts.length === 1) return parts[0]!;
    const axis = this.tensorflow.integers([0], []);
    return this.tensorflow.one('ConcatV2', [...parts, axis], this.listOf({ count: parts.length }).concat);
  }

  /** G times [C] → [G, C]. */
  private pack(parts: NativeTensor[]): NativeTensor {
    return this.tensorflow.one('Pack', parts, this.listOf({ count: parts.length }).pack);
  }

  private unpack(values: Operand, groups: number): NativeTensor[] {
    return this.tensorflow.many('Unpack', [values], this.listOf({ count: groups }).unpack, groups);
  }

  private sum(parts: NativeTensor[]): NativeTensor {
    return parts.length === 1
      ? parts[0]!
      : this.tensorflow.one('AddN', parts, this.listOf({ count: parts.length }).sum);
  }
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
