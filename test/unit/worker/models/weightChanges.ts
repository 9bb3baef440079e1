/** How far weights have moved in a few training steps, beside what a golden says of it (`moved` in momentumSteps.py). */
import type { HostTensor } from '../../../../src/worker/models/weightStore';
import { formulaTensor, uniformByName } from './formulaWeights';

/** By name: largest absolute change, its projections on three vectors over √n, its first and last element. */
export type Changes = Readonly<Record<string, readonly [number, number, number, number, number, number]>>;

/**
 * Largest difference relative to the largest change of a weight that started as its formula; where nothing should move,
 * the largest change. A projection over √n has the size of one element's error.
 */
export function compareChange(name: string, { shape, data }: HostTensor, expected: Changes[string]): number {
  const start = formulaTensor(name, shape).data;
  const change = Float64Array.from(data, (value, i) => value - start[i]!);
  const largest = change.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  if (expected[0] === 0) return largest;
  const projections = [0, 1, 2].map((i) => {
    const direction = uniformByName(`projection${i}`, change.length);
    return change.reduce((sum, value, place) => sum + value * direction[place]!, 0) / Math.sqrt(change.length);
  });
  const actual = [largest, ...projections, change[0]!, change.at(-1)!];
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / expected[0];
}
