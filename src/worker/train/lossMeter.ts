/**
 * Loss terms of a training between two rows of its curves. They stay on the device until they are read, many steps in one
 * transfer, so that a step never waits for its own loss.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { SavedState } from '../models/savedState';

/** Loss terms by name, their sum under `loss`; scalars that are tensors become the meter's. */
export type LossTerms = Readonly<Record<string, number | tf.Scalar>>;

/** A step whose loss is not a finite number. */
export interface BrokenStep {
  readonly step: number;
  readonly loss: number;
}

interface UnreadStep {
  /** Counted from 1. */
  readonly step: number;
  /** One for each part of the batch. */
  readonly parts: readonly LossTerms[];
}

export class LossMeter {
  private unread: UnreadStep[] = [];
  private sums: Record<string, number> = {};
  private count = 0;
  private last: number | undefined;

  /** Steps that were not read yet. */
  get waiting(): number {
    return this.unread.length;
  }

  /** Of the last step that was read. */
  get latest(): number | undefined {
    return this.last;
  }

  /** The loss of a step is the mean over the parts of its batch. */
  add(step: number, parts: readonly LossTerms[]): void {
    this.unread.push({ step, parts });
  }

  /** Fetches what waits and adds it up in the order of the steps; stops at a step that is broken. */
  async read(): Promise<BrokenStep | undefined> {
    const { unread } = this;
    this.unread = [];
    const values = await readAll(unread);
    for (const { step, parts } of unread) {
      const terms = meanTerms(
        parts.map((part) => mapTerms(part, (term) => (typeof term === 'number' ? term : values.get(term)!))),
      );
      const loss = terms.loss ?? NaN;
      if (!Number.isFinite(loss)) return { step, loss };
      for (const [name, value] of Object.entries(terms)) this.sums[name] = (this.sums[name] ?? 0) + value;
      this.count++;
      this.last = loss;
    }
    return undefined;
  }

  /** Mean of each term over the steps read since the last call. */
  takeMeans(): Record<string, number> {
    const means = mapTerms(this.sums, (sum) => sum / this.count);
    this.sums = {};
    this.count = 0;
    return means;
  }

  /** Of steps that were read. */
  exportState(): SavedState {
    return { tensors: new Map(), scalars: { ...mapNames(this.sums, (name) => `sum.${name}`), count: this.count } };
  }

  importState({ scalars: { count = 0, ...sums } }: SavedState): void {
    this.sums = mapNames(sums, (name) => name.replace(/^sum\./, ''));
    this.count = count;
  }

  dispose(): void {
    tf.dispose(scalarsOf(this.unread));
    this.unread = [];
  }
}

/** Values of all tensors among the terms by one read, which frees them. */
async function readAll(steps: readonly UnreadStep[]): Promise<Map<tf.Scalar, number>> {
  const scalars = scalarsOf(steps);
  if (scalars.length === 0) return new Map();
  const stacked = tf.stack(scalars);
  try {
    const values = await stacked.data();
    return new Map(scalars.map((scalar, i) => [scalar, values[i]!]));
  } finally {
    tf.dispose([stacked, ...scalars]);
  }
}

function scalarsOf(steps: readonly UnreadStep[]): tf.Scalar[] {
  const terms = steps.flatMap(({ parts }) => parts.flatMap((part) => Object.values(part)));
  return terms.filter((term) => typeof term !== 'number');
}

function meanTerms(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const part of parts) for (const [name, value] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + value;
  return mapTerms(sums, (sum) => sum / parts.length);
}

function mapTerms<T>(terms: Readonly<Record<string, T>>, change: (term: T) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, change(term)]));
}

function mapNames(terms: Readonly<Record<string, number>>, rename: (name: string) => string): Record<string, number> {
  return Object.fromEntries(Object.entries(terms).map(([name, value]) => [rename(name), value]));
}
