/**
 * Convolution with PyTorch's semantics: explicit symmetric zero padding, output size rounded down.
 *   y[n,i,j,o] = Σ_{a,b,c} x[n, i·stride + a·dilation − padding, j·stride + b·dilation − padding, c] · w[a,b,c,o]
 * With groups, input and output channels are cut into that many equal runs, and a run of the output sees one run of the input;
 * as many groups as channels is a depthwise convolution.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';
import { portableConv2d, portableFilterGradient, portableInputGradient } from './portableConv';

export interface Conv2dOptions {
  /** Input pixels per output pixel. Default 1. */
  readonly stride?: number;
  /** Zero pixels added on each side. Default 0. */
  readonly padding?: number;
  /** Input pixels between neighbouring filter taps. Default 1. */
  readonly dilation?: number;
  /** Runs of channels that do not see each other. Default 1. */
  readonly groups?: number;
}

/** Attributes of the convolution kernels. */
export interface ConvAttributes {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
}

const inputGradient = defineOperation<ConvAttributes & { readonly inputShape: readonly number[] }>({
  name: 'Transferscope.Conv2dInputGradient',
  portable: ({ dy, filter }, attributes) => portableInputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, attributes),
});

const filterGradient = defineOperation<ConvAttributes & { readonly filterShape: readonly number[] }>({
  name: 'Transferscope.Conv2dFilterGradient',
  portable: ({ x, dy }, attributes) => portableFilterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, attributes),
});

const convolution = defineOperation<ConvAttributes>({
  name: 'Transferscope.Conv2d',
  portable: ({ x, filter }, attributes) => portableConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, attributes),
  gradient: {
    saveInputs: ['x', 'filter'],
    backward: ([dy], [x, filter], attributes) => ({
      x: () => inputGradient({ dy: dy!, filter: filter! }, { ...attributes, inputShape: x!.shape })[0]!,
      filter: () => filterGradient({ x: x!, dy: dy! }, { ...attributes, filterShape: filter!.shape })[0]!,
    }),
  },
});

/**
 * 2-D convolution without bias.
 * x: [N, H, W, Cin]; filter: [KH, KW, Cin / groups, Cout]; returns [N, H', W', Cout] with
 * H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1, likewise W'.
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const cut = idleTaps(x.shape, filter.shape, { stride, padding, dilation });
  const kernel = cut === 0 ? filter : withoutBorder(filter, cut);
  const attributes = { stride, padding: padding - cut * dilation, dilation, groups };
  return convolution({ x, filter: kernel }, attributes)[0] as tf.Tensor4D;
}

/**
 * Rows and columns on each side of a filter that meet nothing but padding, wherever it lies: the outer taps of a widely dilated
 * filter on a small map. They add exact zeros, and cost as much as the others.
 */
function idleTaps(
  [, ...sides]: readonly number[],
  [height, width]: readonly number[],
  { stride, padding, dilation }: Pick<ConvAttributes, 'stride' | 'padding' | 'dilation'>,
): number {
  const cuts = [height!, width!].map((taps, axis) => {
    const side = sides[axis]!;
    const last = Math.floor((side + 2 * padding - dilation * (taps - 1) - 1) / stride) * stride - padding;
    const isIdle = (cut: number): boolean =>
      last + cut * dilation < 0 && (taps - 1 - cut) * dilation - padding >= side && taps - 2 * cut > 1;
    let cut = 0;
    while (isIdle(cut)) cut++;
    return cut;
  });
  return Math.min(...cuts);
}

function withoutBorder(filter: tf.Tensor4D, cut: number): tf.Tensor4D {
  const [height, width] = filter.shape;
  return tf.slice(filter, [cut, cut, 0, 0], [height - 2 * cut, width - 2 * cut, -1, -1]);
}
