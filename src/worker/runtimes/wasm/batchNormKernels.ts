/**
 * Batch norm and its gradient on wasm (formulas in ops/batchNorm.ts): the host side of assembly/batchNorm.ts. Sums are taken
 * over ranges of rows fixed by the shape, then combined in order.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, BatchNormInferenceAttributes } from '../../ops/batchNorm';
import { allocate, ranges } from './convKernels';
import type { KernelCall } from './kernelRunner';
import type { KernelName } from './kernelNames';
import { offsetOf, type WasmContext } from './wasmBackend';

type Tensors = Readonly<Record<string, tf.TensorInfo>>;

/** Floats per unit of work. */
const unitFloats = 32768;

export class BatchNormKernels {
  private scratch = { offset: 0, bytes: 0 };

  constructor(private readonly context: WasmContext) {}

  /** Returns [y, mean [G, C], variance [G, C]]. */
  forward({ x, gamma, beta, skip }: Tensors, { epsilon, groups, relu }: BatchNormAttributes): tf.TensorInfo[] {
    const { backend, runner } = this.context;
    const layout = rowLayout(x!, groups);
    const { channels, groupRows } = layout;
    const outputs = [x!.shape, [groups, channels], [groups, channels]].map((shape) =>
      backend.makeOutput(shape, 'float32'),
    );
    const [y, mean, variance] = outputs.map((tensor) => offsetOf(backend, tensor)) as [number, number, number];
    const from = offsetOf(backend, x!);
    const rowBytes = channels * 4;
    const memory = this.reserve((layout.parts.length + groups) * rowBytes);
    const scale = memory + layout.parts.length * rowBytes;
    const sum = (kernel: KernelName, target: number, lead: (group: number) => number[]) => {
      runner.run(
        layout.parts.map(({ group, first, last }, i) => [
          { kernel, args: [...lead(group), first, last, channels, memory + i * rowBytes] },
        ]),
      );
      this.combine(layout, { partials: memory, rowFloats: channels, target });
    };
    sum('columnSums', mean, () => [from]);
    sum('squareSums', variance, (group) => [from, mean + group * rowBytes]);
    for (let group = 0; group < groups; group++) {
      const at = group * rowBytes;
      runner.call('normalizeFactors', variance + at, offsetOf(backend, gamma!), epsilon, channels, scale + at);
    }
    const [shift, other] = [offsetOf(backend, beta!), skip ? offsetOf(backend, skip) : 0];
    runner.run(
      layout.parts.map(({ group, first, last }): KernelCall[] => {
        const at = group * rowBytes;
        const args = [from, mean + at, scale + at, shift, other, relu ? 1 : 0, first, last, channels, y];
        return [{ kernel: 'normalizeRows', args }];
      }),
    );
    if (groupRows === 0) throw new Error('internal: batch norm of an empty batch');
    return outputs;
  }

  /** Normalises by given statistics; returns y. */
  inference(
    { x, gamma, beta, mean, variance, skip }: Tensors,
    { epsilon, relu }: BatchNormInferenceAttributes,
  ): tf.TensorInfo {
    const { backend, runner } = this.context;
    const { channels, parts } = rowLayout(x!, 1);
    const y = backend.makeOutput(x!.shape, 'float32');
    const scale = this.reserve(channels * 4);
    const at = (tensor: tf.TensorInfo) => offsetOf(backend, tensor);
    runner.call('normalizeFactors', at(variance!), at(gamma!), epsilon, channels, scale);
    const lead = [at(x!), at(mean!), scale, at(beta!), skip ? at(skip) : 0, relu ? 1 : 0];
    runner.run(
      parts.map(({ first, last }): KernelCall[] => [
        { kernel: 'normalizeRows', args: [...lead, first, last, channels, at(y)] },
      ]),
    );
    return y;
  }

  /** Returns [dx, dγ, dβ, dSkip]; without a rectifier dSkip is a copy of dy. */
  gradient(
    { dy, x, gamma, y, mean, variance }: Tensors,
    { epsilon, groups, relu, skip }: BatchNormAttributes,
  ): tf.TensorInfo[] {
    const { backend, runner } = this.context;
    const layout = rowLayout(x!, groups);
    const { channels, groupRows } = layout;
    const shapes = [x!.shape, [channels], [channels], ...(skip ? [x!.shape] : [])];
    const outputs = shapes.map((shape) => backend.makeOutput(shape, 'float32'));
    const [dx, dGamma, dBeta, dSkip = 0] = outputs.map((tensor) => offsetOf(backend, tensor)) as [
      number,
      number,
      number,
      number?,
    ];
    const rowBytes = channels * 4;
    const sumsAt = 2 * layout.parts.length * rowBytes;
    const memory = this.reserve(sumsAt + 5 * groups * rowBytes);
    const [sums, factors] = [memory + sumsAt, memory + sumsAt + 2 * groups * rowBytes];
    const sources = [offsetOf(backend, dy!), offsetOf(backend, x!), relu ? offsetOf(backend, y!) : 0];
    const meanOf = (group: number) => offsetOf(backend, mean!) + group * rowBytes;
    runner.run(
      layout.parts.map(({ group, first, last }, i): KernelCall[] => [
        { kernel: 'gradientSums', args: [...sources, meanOf(group), first, last, channels, memory + 2 * i * rowBytes] },
      ]),
    );
    this.combine(layout, { partials: memory, rowFloats: 2 * channels, target: sums, scale: 1 });
    runner.call('clear', dGamma, rowBytes);
    runner.call('clear', dBeta, rowBytes);
    for (let group = 0; group < groups; group++) {
      const own = [
        sums + 2 * group * rowBytes,
        offsetOf(backend, variance!) + group * rowBytes,
        offsetOf(backend, gamma!),
      ];
      runner.call(
        'gradientFactors',
        ...own,
        epsilon,
        groupRows,
        channels,
        factors + 3 * group * rowBytes,
        dGamma,
        dBeta,
      );
    }
    runner.run(
      layout.parts.map(({ group, first, last }): KernelCall[] => {
        const args = [...sources, meanOf(group), factors + 3 * group * rowBytes, first, last, channels, dx, dSkip];
        return [{ kernel: 'gradientRows', args }];
      }),
    );
    return outputs;
  }

  /** Adds up each group's partial sums; by default divides by its rows. */
  private combine(
    layout: RowLayout,
    job: { partials: number; rowFloats: number; target: number; scale?: number },
  ): void {
    const { partials, rowFloats, target, scale = 1 / layout.groupRows } = job;
    const step = rowFloats * 4;
    for (let group = 0; group < layout.groups; group++) {
      const start = partials + group * layout.partsPerGroup * step;
      this.context.runner.call(
        'combineSums',
        start,
        step,
        layout.partsPerGroup,
        rowFloats,
        scale,
        target + group * step,
      );
    }
  }

  private reserve(bytes: number): number {
    if (bytes > this.scratch.bytes) {
      if (this.scratch.offset) this.context.backend.wasm._free(this.scratch.offset);
      this.scratch = { offset: allocate(this.context, bytes), bytes };
    }
    return this.scratch.offset;
  }
}

interface RowLayout {
  readonly channels: number;
  readonly groups: number;
  readonly groupRows: number;
  readonly partsPerGroup: number;
  /** Ranges of rows, group by group. */
  readonly parts: readonly { readonly group: number; readonly first: number; readonly last: number }[];
}

function rowLayout(x: tf.TensorInfo, groups: number): RowLayout {
  const channels = x.shape[x.shape.length - 1]!;
  const rows = x.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const groupRows = rows / groups;
  const own = ranges(groupRows, Math.ceil((groupRows * channels) / unitFloats));
  const parts = Array.from({ length: groups }, (_, group) =>
    own.map(([first, last]) => ({ group, first: group * groupRows + first, last: group * groupRows + last })),
  ).flat();
  return { channels, groups, groupRows, partsPerGroup: own.length, parts };
}
