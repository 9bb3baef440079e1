/**
 * Places where a training can be looked at from inside: outputs of layers with the gradients that come back to them, and what a
 * loss compared with what. Nothing happens there, and nothing is computed, unless somebody looks; what is computed then is the
 * same bit for bit, since all that is added are identities.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { MatchReport } from './matchReport';
import { isGradientWanted } from './recompute';

/** Who looks. Tensors stay the caller's and are valid during the call alone. */
export interface Observer {
  /** A layer's output; returns what is to be called with the gradient of it, if one comes. */
  onOutput(name: string, x: tf.Tensor): (gradient: tf.Tensor) => void;
  onMatch(report: MatchReport): void;
}

let present: Observer | undefined;
/** Names of networks that are not the one that is trained. */
let prefix = '';

/** Makes `observer` look at all that is computed until `work` has ended. One at a time. */
export async function observing<T>(observer: Observer, work: () => Promise<T>): Promise<T> {
  if (present) throw new Error('internal: somebody is looking already');
  present = observer;
  try {
    return await work();
  } finally {
    present = undefined;
  }
}

/** The layer's output as the rest of the network is to read it: x, with nothing added or changed. */
export function observe<T extends tf.Tensor>(name: string, x: T): T {
  if (!present) return x;
  const onGradient = present.onOutput(prefix + name, x);
  if (!isGradientWanted()) return x;
  const identity = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy) => {
      onGradient(dy as tf.Tensor);
      return tf.clone(dy as tf.Tensor);
    },
  }));
  return identity(x) as T;
}

/** Tells what a loss compared. `describe` is called when somebody looks. */
export function reportMatch(describe: () => MatchReport): void {
  present?.onMatch(describe());
}

/** What `work` computes is of another network, whose layers are told apart by its name. */
export function observedAs<T>(network: string, work: () => T): T {
  if (!present) return work();
  const outer = prefix;
  prefix = `${network}:`;
  try {
    return work();
  } finally {
    prefix = outer;
  }
}

/** What `work` computes is no part of an update and stays unseen. */
export function unobserved<T>(work: () => T): T {
  const observer = present;
  present = undefined;
  try {
    return work();
  } finally {
    present = observer;
  }
}
