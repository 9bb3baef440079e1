/** What the golden files keep of a tensor, and how closely ours has to agree. */
import { expect } from 'vitest';
import type { HostTensor } from '../../../../src/worker/models/weightStore';

export interface TensorSummary {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly meanAbs: number;
  readonly maxAbs: number;
  /** Distance between samples in the flat tensor. */
  readonly step: number;
  readonly samples: readonly number[];
}

/** Largest difference of mean, mean absolute value, maximum and samples, relative to the largest absolute value. */
export function compareToSummary(actual: HostTensor, golden: TensorSummary): number {
  expect(actual.shape).toEqual(golden.shape);
  let [sum, sumAbs, maxAbs] = [0, 0, 0];
  for (const value of actual.data) {
    sum += value;
    sumAbs += Math.abs(value);
    maxAbs = Math.max(maxAbs, Math.abs(value));
  }
  const count = actual.data.length;
  const differences = [
    sum / count - golden.mean,
    sumAbs / count - golden.meanAbs,
    maxAbs - golden.maxAbs,
    ...golden.samples.map((value, index) => actual.data[index * golden.step]! - value),
  ];
  return Math.max(...differences.map(Math.abs)) / golden.maxAbs;
}
