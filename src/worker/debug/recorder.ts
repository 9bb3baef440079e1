/**
 * Looks at one update: figures of each layer's output and of the gradient that comes back to it, and what losses said of their
 * comparisons. Outputs are summarised one by one as they come, so that no copy of them is kept where the runtime allows it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { deadChannels, summarise } from '../../shared/math/tensorSummary';
import type { InspectedLayer, TensorSummary } from '../../shared/results/batchInspection';
import type { MatchReport } from '../ops/matchReport';
import type { Observer } from '../ops/observe';

/** A tensor's numbers, read back. */
export interface ReadTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A report whose tensors were read. */
export type Read<T> = T extends tf.Tensor
  ? ReadTensor
  : T extends Float32Array | Int32Array | readonly unknown[] | string | number | boolean | undefined
    ? T
    : { readonly [K in keyof T]: Read<T[K]> };
export type ReadReport = Read<MatchReport>;

type Draft = { -readonly [K in keyof InspectedLayer]: InspectedLayer[K] };

interface Waiting {
  readonly tensor: tf.Tensor;
  readonly use: (values: Float32Array) => void;
}

export class Recorder implements Observer {
  readonly layers: InspectedLayer[] = [];
  /** In the order in which they were made, with the part of the batch that was under way. */
  readonly reports: { readonly part: number; readonly report: ReadReport }[] = [];
  /** Time that looking took, ms. */
  spent = 0;
  /** Of the batch; for reports. */
  part = 0;
  private readonly calls = new Map<string, number>();
  private waiting: Waiting[] = [];
  private unread: { readonly part: number; readonly report: MatchReport }[] = [];

  /** `readsAtOnce`: whether the runtime can read a tensor in the middle of a computation. */
  constructor(private readonly readsAtOnce: boolean) {}

  onOutput(name: string, x: tf.Tensor): (gradient: tf.Tensor) => void {
    const call = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, call);
    const channels = x.shape[x.rank - 1] ?? 1;
    const layer: Draft = { name, call, shape: x.shape, activation: nothing, dead: { units: [], of: channels } };
    this.layers.push(layer);
    this.take(x, (values) => {
      layer.activation = summarise(values);
      layer.dead = { units: deadChannels(values, channels), of: channels };
    });
    return (gradient) => this.take(gradient, (values) => (layer.gradient = summarise(values)));
  }

  onMatch(report: MatchReport): void {
    this.unread.push({ part: this.part, report: mapTensors(report, (tensor) => tf.keep(tf.clone(tensor))) });
  }

  /** Reads what could not be read at once. To be called when the computation of a part has ended. */
  async settle(): Promise<void> {
    const begun = performance.now();
    const { waiting, unread } = this;
    this.waiting = [];
    this.unread = [];
    for (const { tensor, use } of waiting) {
      use((await tensor.data()) as Float32Array);
      tensor.dispose();
    }
    // Reports of one batch share tensors, image by image.
    const known = new Map<object, Promise<Float32Array | Int32Array>>();
    for (const { part, report } of unread) {
      const tensors: tf.Tensor[] = [];
      mapTensors(report, (tensor) => {
        tensors.push(tensor);
        if (!known.has(tensor.dataId)) known.set(tensor.dataId, tensor.data() as Promise<Float32Array | Int32Array>);
        return tensor;
      });
      const read = new Map<tf.Tensor, ReadTensor>();
      for (const tensor of tensors) read.set(tensor, { shape: tensor.shape, data: await known.get(tensor.dataId)! });
      this.reports.push({ part, report: mapTensors(report, (tensor) => read.get(tensor)!) as ReadReport });
    }
    for (const { report } of unread) mapTensors(report, (tensor) => (tensor.dispose(), tensor));
    this.spent += performance.now() - begun;
  }

  private take(tensor: tf.Tensor, use: (values: Float32Array) => void): void {
    const begun = performance.now();
    if (this.readsAtOnce) use(tensor.dataSync() as Float32Array);
    else this.waiting.push({ tensor: tf.keep(tf.clone(tensor)), use });
    this.spent += performance.now() - begun;
  }
}

const nothing: TensorSummary = summarise(new Float32Array());

/** The same structure with other things in place of its tensors. */
function mapTensors<T extends object>(of: T, change: (tensor: tf.Tensor) => unknown): T {
  const entries = Object.entries(of).map(([name, value]: [string, unknown]) => {
    if (value instanceof tf.Tensor) return [name, change(value)];
    const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return [name, isPlain ? mapTensors(value, change) : value];
  });
  return Object.fromEntries(entries) as T;
}
