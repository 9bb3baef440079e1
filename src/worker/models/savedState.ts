/**
 * What a checkpoint keeps of a piece of training state (optimiser, key queue, memory bank): named arrays and scalars.
 * Arrays are in memory order, not PyTorch order: they are read back only by the code that wrote them, bit for bit.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../shared/errors';
import type { HostTensor, WeightStore } from '../models/weightStore';

export interface SavedState {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly scalars: Readonly<Record<string, number>>;
}

/** Reads a tensor back from the runtime; the copy does not follow later changes. */
export async function readTensor(tensor: tf.Tensor): Promise<HostTensor> {
  const data = (await tensor.data()) as Float32Array;
  return { shape: tensor.shape.slice(), data: data.slice() };
}

/** Overwrites a variable with a saved array of the same shape. */
export function restoreVariable(variable: tf.Variable, state: SavedState, name: string): void {
  const { data } = requireTensor(state, name, variable.shape);
  tf.tidy(() => variable.assign(tf.tensor(data.slice(), variable.shape, 'float32')));
}

/** The saved array called `name`, or a clear error when it is missing or has another shape. */
export function requireTensor(state: SavedState, name: string, shape: readonly number[]): HostTensor {
  const saved = state.tensors.get(name);
  const seen = saved ? `has shape [${saved.shape.join(', ')}]` : 'is missing';
  if (!saved || saved.shape.join() !== shape.join()) {
    throw new UserError(
      'storage',
      `The saved training state "${name}" ${seen}, but [${shape.join(', ')}] is needed; delete the stage's folder to start it again.`,
    );
  }
  return saved;
}

/** The saved scalar called `name`, checked to be finite. */
export function requireScalar(state: SavedState, name: string): number {
  const value = state.scalars[name];
  if (value === undefined || !Number.isFinite(value)) {
    throw new UserError(
      'storage',
      `The saved training state has no usable "${name}" (${value}); delete the stage's folder to start it again.`,
    );
  }
  return value;
}

/** Several states as one, each under its prefix. */
export function joinStates(parts: Readonly<Record<string, SavedState>>): SavedState {
  const tensors = new Map<string, HostTensor>();
  const scalars: Record<string, number> = {};
  for (const [prefix, state] of Object.entries(parts)) {
    for (const [name, tensor] of state.tensors) tensors.set(`${prefix}.${name}`, tensor);
    for (const [name, value] of Object.entries(state.scalars)) scalars[`${prefix}.${name}`] = value;
  }
  return { tensors, scalars };
}

/** The part of a joined state under `prefix`. */
export function splitState(prefix: string, state: SavedState): SavedState {
  const start = `${prefix}.`;
  const own = <T>(entries: Iterable<[string, T]>): [string, T][] =>
    [...entries].filter(([name]) => name.startsWith(start)).map(([name, value]) => [name.slice(start.length), value]);
  return { tensors: new Map(own(state.tensors)), scalars: Object.fromEntries(own(Object.entries(state.scalars))) };
}

/** A store's weights as a state. */
export async function weightState(store: WeightStore): Promise<SavedState> {
  return { tensors: await store.exportTensors(), scalars: {} };
}
