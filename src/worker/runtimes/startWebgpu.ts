/**
 * WebGPU outside a browser: Dawn from the npm package `webgpu` plus tfjs's WebGPU backend. The backend registers itself
 * on import and only if `navigator.gpu` exists, so Dawn is installed there first. Software adapters are refused: they are
 * slower than wasm.
 */
import * as tf from '@tensorflow/tfjs-core';
import { findPackage, firstLine, loadOptionalPackage } from './optionalPackage';
import type { RuntimeStatus } from './runtime';

const backendPackage = '@tensorflow/tfjs-backend-webgpu';

interface AdapterInfo {
  readonly vendor?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info?: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>;
}

/** Whether both packages are there and a hardware adapter answers. Never throws. */
export async function probeWebgpu(): Promise<RuntimeStatus> {
  const absent = { name: 'webgpu', available: false, device: '', threads: 0, version: '' } as const;
  const backend = findPackage(backendPackage);
  if (!backend) return { ...absent, reason: `not installed: ${backendPackage} is missing` };
  const { version } = backend;
  try {
    const gpu = await installGpu();
    if (typeof gpu === 'string') return { ...absent, version, reason: gpu };
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { ...absent, version, reason: 'no GPU adapter: neither Vulkan, Metal nor D3D12 offers one' };
    const { vendor = '', device = '', description = '' } = adapter.info ?? {};
    const label = description || `${vendor} ${device}`.trim() || 'unnamed GPU';
    if (
      adapter.isFallbackAdapter ||
      adapter.info?.isFallbackAdapter ||
      /llvmpipe|lavapipe|swiftshader|software/i.test(label)
    ) {
      return { ...absent, version, reason: `only a software GPU was found (${label}), which is slower than wasm` };
    }
    return { ...absent, version, available: true, device: label, reason: `WebGPU on ${label}` };
  } catch (error) {
    return { ...absent, version, reason: `WebGPU does not start: ${firstLine(error)}` };
  }
}

/** Makes the WebGPU backend current. */
export async function startWebgpu(): Promise<RuntimeStatus> {
  const status = await probeWebgpu();
  if (!status.available) throw new Error(status.reason);
  const result = await loadOptionalPackage(backendPackage);
  if ('problem' in result) throw new Error(result.problem);
  if (!(await tf.setBackend('webgpu'))) throw new Error('the WebGPU backend did not start');
  return status;
}

/** The GPU object, made by Dawn unless the host has one; a sentence when it cannot be made. */
async function installGpu(): Promise<Gpu | string> {
  const present = (globalThis.navigator as unknown as { gpu?: Gpu } | undefined)?.gpu;
  if (present) return present;
  const result = await loadOptionalPackage('webgpu');
  if ('problem' in result) return result.problem;
  const { create, globals } = result.loaded.module as { create?: (flags: string[]) => Gpu; globals?: object };
  if (!create) return 'the package webgpu offers no create()';
  const gpu = create([]);
  Object.assign(globalThis, globals);
  // Node before 21 has no navigator.
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node.js' }, configurable: true });
  return gpu;
}
