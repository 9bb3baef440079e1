/**
 * The backends a test can run on here, and for each that is missing the reason, to be said in the test's name. `cpu` is
 * tfjs's plain JavaScript backend: no runtime of ours, but a second opinion on the portable forms.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { probeTensorflow } from '../../src/worker/runtimes/startTensorflow';
import { useSoftwareGpu } from './softwareGpu';

export const backends = ['cpu', 'wasm', 'tensorflow', 'webgpu'] as const;
export type Backend = (typeof backends)[number];

export interface PresentRuntime {
  readonly backend: Backend;
  /** For the title: the backend, and why it is skipped when it is. */
  readonly title: string;
  readonly isMissing: boolean;
  /** Makes it current. */
  start(): Promise<void>;
}

/** Those whose tensors can be read at once; WebGPU's only arrive later. */
export async function synchronousRuntimes(): Promise<PresentRuntime[]> {
  return (await presentRuntimes()).filter(({ backend }) => backend !== 'webgpu');
}

/** Looks once; loads what is there. */
export async function presentRuntimes(): Promise<PresentRuntime[]> {
  return Promise.all(
    backends.map(async (backend) => {
      const reason = await whyMissing(backend);
      const title = reason === undefined ? backend : `${backend} (skipped: ${reason})`;
      return { backend, title, isMissing: reason !== undefined, start: () => start(backend) };
    }),
  );
}

async function whyMissing(backend: Backend): Promise<string | undefined> {
  if (backend === 'tensorflow') {
    const status = await probeTensorflow('tensorflow');
    return status.available ? undefined : status.reason;
  }
  return backend === 'webgpu' ? useSoftwareGpu() : undefined;
}

async function start(backend: Backend): Promise<void> {
  if (backend !== 'cpu') return void (await startRuntime(backend));
  await startRuntime('wasm'); // registers gradients
  await tf.setBackend('cpu');
}
