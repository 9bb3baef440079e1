/** What enters stage keys besides settings and data: which code made a result, and which runtimes agree bit for bit. */
import type { StageKind } from '../shared/results/records';

/** Raise a number when a change of code changes that kind's results; stored stages of the old version are then left alone. */
export const codeVersions: Readonly<Record<StageKind, string>> = { pretraining: '1', features: '1', transfer: '1' };

/** Every runtime agrees with itself only. */
export function runtimeFamily(runtime: string): string {
  return runtime;
}
