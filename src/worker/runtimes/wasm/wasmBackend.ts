/**
 * Typed view of the parts of the tfjs wasm backend that our kernels use. The package does not export these types, so they
 * are restated here and checked once at start-up.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelRunner } from './kernelRunner';

export interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(offset: number): void;
  };
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly id: number; readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
}

/** What a kernel needs: the backend for memory, the runner for work. */
export interface WasmContext {
  readonly backend: WasmBackend;
  readonly runner: KernelRunner;
}

/** The running wasm backend; throws when it is not the version this code was written for. */
export function currentWasmBackend(): WasmBackend {
  const backend = tf.backend() as unknown as Partial<WasmBackend>;
  const memory: unknown = backend.wasm?.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory) || typeof backend.wasm?._malloc !== 'function' || !backend.makeOutput) {
    throw new Error('internal: the tfjs wasm backend is not laid out as in version 4.22');
  }
  return backend as WasmBackend;
}

/** Byte offset of a tensor in the wasm memory. */
export function offsetOf(backend: WasmBackend, tensor: { readonly dataId: tf.DataId }): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
}
