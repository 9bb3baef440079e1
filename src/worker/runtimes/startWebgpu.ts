/**
 * WebGPU outside a browser: Dawn from the npm package `webgpu` plus tfjs's WebGPU backend, loaded over the worker's own
 * tfjs-core. The backend registers itself when it is loaded and only if `navigator.gpu` exists, so Dawn is put there first;
 * it asks for the adapter's own limits. Software adapters are refused, because they are slower than wasm, unless
 * TRANSFERSCOPE_WEBGPU=software: that is how the tests run where there is no GPU.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { nativeCacheFolder, webgpuPackages } from '../../shared/runtimes/nativeInstall';
import { findPackage, firstLine, loadOptionalPackage } from './optionalPackage';
import type { RuntimeStatus } from './runtime';
import { createLoader } from './tensorflow/commonJs';

/** Where the user's packages are looked for: npm puts none of them into a clone of ours, whose optional peers they are. */
function packagesFolder(): string {
  return join(nativeCacheFolder({ env: process.env, platform: process.platform, home: homedir() }), 'webgpu');
}

interface AdapterInfo {
  readonly vendor?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

interface Device {
  readonly lost: Promise<{ readonly reason?: string; readonly message?: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: { error: { message: string } }) => void): void;
}

interface Adapter {
  readonly info?: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
  requestDevice(descriptor?: object): Promise<Device>;
}

interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

let failure: string | undefined;

/**
 * What went wrong on the device; undefined while nothing did. A shader that does not fit, memory that ran out, a device that
 * was lost: WebGPU throws nothing then and goes on with zeros.
 */
export function webgpuFailure(): string | undefined {
  return failure;
}

/** Whether both packages are there and an adapter answers. Never throws. */
export async function probeWebgpu(): Promise<RuntimeStatus> {
  const absent = { name: 'webgpu', available: false, device: '', threads: 0, version: '' } as const;
  const folder = packagesFolder();
  const backend = findPackage(webgpuPackages.backend, folder);
  if (!backend) return { ...absent, reason: 'not installed: run `transferscope runtimes install webgpu`' };
  const { version } = backend;
  try {
    const gpu = await installGpu();
    if (typeof gpu === 'string') return { ...absent, version, reason: gpu };
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter)
      return {
        ...absent,
        version,
        reason: 'no GPU adapter: neither Vulkan (libvulkan1 and a driver on Linux), Metal nor D3D12 offers one',
      };
    const { vendor = '', device = '', description = '' } = adapter.info ?? {};
    const label = `${device || vendor || 'unnamed GPU'}${description ? ` (${description})` : ''}`;
    if (isSoftware(adapter, label) && process.env['TRANSFERSCOPE_WEBGPU'] !== 'software') {
      return { ...absent, version, reason: `only a software GPU was found (${label}), which is slower than wasm` };
    }
    return { ...absent, version, available: true, device: label, reason: `WebGPU on ${label}` };
  } catch (error) {
    return { ...absent, version, reason: `WebGPU does not start: ${firstLine(error)}` };
  }
}

function isSoftware(adapter: Adapter, label: string): boolean {
  const isFallback = adapter.isFallbackAdapter === true || adapter.info?.isFallbackAdapter === true;
  return isFallback || /llvmpipe|lavapipe|swiftshader|software/i.test(label);
}

/** Makes the WebGPU backend current. */
export async function startWebgpu(): Promise<RuntimeStatus> {
  const status = await probeWebgpu();
  if (!status.available) throw new Error(status.reason);
  const { entry } = findPackage(webgpuPackages.backend, packagesFolder())!;
  // Loading it a second time would register its kernels again.
  if (!tf.findBackendFactory('webgpu')) createLoader(new Map([['@tensorflow/tfjs-core', tf]]))(entry);
  if (!(await tf.setBackend('webgpu'))) throw new Error('the WebGPU backend did not start');
  return status;
}

/** The GPU object, made by Dawn unless the host has one; a sentence when it cannot be made. */
async function installGpu(): Promise<Gpu | string> {
  const present = (globalThis.navigator as unknown as { gpu?: Gpu } | undefined)?.gpu;
  if (present) return present;
  const result = await loadOptionalPackage(webgpuPackages.dawn, packagesFolder());
  if ('problem' in result) return result.problem;
  const { create, globals } = result.loaded.module as { create?: (flags: string[]) => Gpu; globals?: object };
  if (!create) return 'the package webgpu offers no create()';
  const gpu = watchLoss(create([]));
  Object.assign(globalThis, globals);
  // Node before 21 has no navigator.
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node.js' }, configurable: true });
  return gpu;
}

/** Notes when a device that was handed out is lost: a driver that was reset, a laptop that slept, memory that ran out. */
function watchLoss(gpu: Gpu): Gpu {
  const watchAdapter = (adapter: Adapter): Adapter => {
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      void device.lost.then(({ reason, message }) => {
        if (reason !== 'destroyed')
          failure ??= `the device was lost: ${firstLine(message || reason || 'no reason given')}`;
      });
      device.addEventListener('uncapturederror', ({ error }) => (failure ??= firstLine(error.message)));
      return device;
    };
    return adapter;
  };
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    return adapter && watchAdapter(adapter);
  };
  return gpu;
}
