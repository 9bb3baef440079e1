/**
 * Which image each entry of a queue or memory bank is of, and since when. A learner does not keep that; it follows from the order
 * of the data: updates before the first one looked at are gone through again by their numbers, later ones as they happen.
 */

export interface MemoryEntry {
  /** Place in the data set. */
  readonly index: number;
  /** Number of the update that put it there, from 0. */
  readonly step: number;
}

export interface EarlierUpdates {
  /** Updates made before. */
  readonly step: number;
  /** Images of an update in the order of its batch, as places in the data set. */
  indicesOf(step: number): ArrayLike<number>;
}

export interface EntryLog {
  at(entry: number): MemoryEntry | undefined;
  /** How many entries hold an image. */
  readonly filled: number;
  /** To be called after the update, which put these images there. */
  note(step: number, indices: ArrayLike<number>): void;
}

/** Of a ring into which every update puts its whole batch. */
export function createQueueLog(size: number, earlier: EarlierUpdates): EntryLog {
  const entries = new Map<number, MemoryEntry>();
  let next = 0;
  const note = (step: number, indices: ArrayLike<number>): void => {
    for (let i = 0; i < indices.length; i++) entries.set((next + i) % size, { index: indices[i]!, step });
    next = (next + indices.length) % size;
  };
  const batch = earlier.step > 0 ? earlier.indicesOf(0).length : 1;
  // What is older was overwritten; only where the ring stands must be known.
  const first = Math.max(0, earlier.step - Math.ceil(size / batch));
  next = (first * batch) % size;
  for (let step = first; step < earlier.step; step++) note(step, earlier.indicesOf(step));
  return {
    at: (entry) => entries.get(entry),
    get filled() {
      return entries.size;
    },
    note,
  };
}

/** Epochs that are gone through again: an image that none of them showed is taken for one never seen. */
const EPOCHS = 20;

/** Of a bank with an entry for each image. */
export function createBankLog(size: number, earlier: EarlierUpdates): EntryLog {
  const steps = new Map<number, number>();
  const note = (step: number, indices: ArrayLike<number>): void => {
    for (let i = 0; i < indices.length; i++) steps.set(indices[i]!, step);
  };
  const batch = earlier.step > 0 ? earlier.indicesOf(0).length : 1;
  const first = Math.max(0, earlier.step - EPOCHS * Math.ceil(size / batch));
  for (let step = first; step < earlier.step; step++) note(step, earlier.indicesOf(step));
  return {
    at: (entry) => (steps.has(entry) ? { index: entry, step: steps.get(entry)! } : undefined),
    get filled() {
      return steps.size;
    },
    note,
  };
}
