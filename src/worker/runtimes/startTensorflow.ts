/**
 * The native runtimes: TensorFlow's C library through the binding of @tensorflow/tfjs-node (or -gpu), installed by the user.
 * Both register a backend called `tensorflow`, so one process can use only one of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NativeRuntimeName } from '../../shared/runtimes/nativeInstall';
import { useFirstDevice } from './devices';
import { firstLine } from './optionalPackage';
import type { RuntimeStatus } from './runtime';
import { findNative } from './tensorflow/findNative';
import { registerNativeBackend, type NativeBackend } from './tensorflow/nativeBackend';
import { registerNativeKernels } from './tensorflow/nativeKernels';
import { usableThreads } from './wasm/usableThreads';

let loaded: { readonly name: NativeRuntimeName; readonly backend: NativeBackend } | undefined;

/** Whether the native runtime loads, and why not. Never throws. */
export async function probeTensorflow(name: NativeRuntimeName): Promise<RuntimeStatus> {
  const absent = { name, available: false, device: '', threads: 0, version: '' } as const;
  const found = findNative(name);
  if ('problem' in found) return { ...absent, reason: found.problem };
  try {
    if (loaded && loaded.name !== name)
      return { ...absent, reason: `this process already uses ${loaded.name}; a process can load only one of the two` };
    if (!loaded && name === 'tensorflow-gpu') useFirstDevice();
    loaded ??= { name, backend: registerNativeBackend(found) };
  } catch (error) {
    return { ...absent, reason: `${found.origin} does not load: ${firstLine(error)}` };
  }
  const { binding } = loaded.backend;
  const version = binding.TF_Version;
  const gpu = binding.isUsingGpuDevice();
  if (name === 'tensorflow-gpu' && !gpu) return { ...absent, version, reason: `${found.origin} finds no CUDA GPU` };
  const device = gpu ? 'NVIDIA GPU (CUDA)' : 'CPU (native)';
  return { ...absent, available: true, version, device, threads: gpu ? 0 : usableThreads(), reason: found.origin };
}

/** Makes the native backend current. */
export async function startTensorflow(name: NativeRuntimeName): Promise<RuntimeStatus> {
  const status = await probeTensorflow(name);
  if (!status.available || !loaded) throw new Error(status.reason);
  registerNativeKernels(loaded.backend);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the TensorFlow backend did not start');
  return status;
}
