/** What enters stage keys besides settings and data: which code made a result, and which runtimes agree bit for bit. */
import type { StageKind } from '../shared/results/records';

/** Packages whose kernels and decoders decide bits; a test compares them with package.json. */
export const resultPackages = { '@tensorflow/tfjs-backend-wasm': '4.22.0', sharp: '0.35.5' } as const;
const packages = Object.values(resultPackages).join(' ');

/** Raise a number when a change of code changes that kind's results; stored stages of the old version are then left alone. */
export const codeVersions: Readonly<Record<StageKind, string>> = {
  pretraining: `4 ${packages}`,
  features: `4 ${packages}`,
  transfer: `3 ${packages}`,
  analysis: `1 ${packages}`,
};

/** Every runtime agrees with itself only. */
export function runtimeFamily(runtime: string): string {
  return runtime;
}
