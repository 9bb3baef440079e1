/**
 * The native runtimes: @tensorflow/tfjs-node and -gpu, when the user has installed them. Both register a backend called
 * `tensorflow`, so one process can use only one of them. Their binding asks `util.isNullOrUndefined`, which Node 23
 * removed; it is put back before the import.
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { loadOptionalPackage } from './optionalPackage';
import type { RuntimeStatus } from './runtime';

type NativeName = 'tensorflow' | 'tensorflow-gpu';

const packages: Readonly<Record<NativeName, string>> = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
};

interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
}

/** Whether the native runtime loads, and why not. Never throws. */
export async function probeTensorflow(name: NativeName): Promise<RuntimeStatus> {
  const absent = { name, available: false, device: '', threads: 0, version: '' } as const;
  restoreIsNullOrUndefined();
  const result = await loadOptionalPackage(packages[name]);
  if ('problem' in result) return { ...absent, reason: result.problem };
  const { version } = result.loaded;
  const backend = tf.findBackend('tensorflow') as unknown as NativeBackend | null;
  if (!backend)
    return { ...absent, version, reason: `${packages[name]} ${version} loads but offers no backend for this tfjs` };
  const gpu = backend.isUsingGpuDevice === true;
  if (name === 'tensorflow-gpu' && !gpu) {
    return { ...absent, version, reason: `${packages[name]} ${version} is installed but finds no CUDA GPU` };
  }
  const device = gpu ? 'NVIDIA GPU (CUDA)' : 'CPU (native)';
  return { ...absent, available: true, version, device, reason: `${packages[name]} ${version} is installed` };
}

/** Makes the native backend current. */
export async function startTensorflow(name: NativeName): Promise<RuntimeStatus> {
  const status = await probeTensorflow(name);
  if (!status.available) throw new Error(status.reason);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the TensorFlow backend did not start');
  return status;
}

function restoreIsNullOrUndefined(): void {
  const util = createRequire(import.meta.url)('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
