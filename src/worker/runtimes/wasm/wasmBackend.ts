/**
 * Typed view of the parts of the tfjs wasm backend that our kernels use. The backend's class is not exported by its
 * package, so its shape is restated here and checked once at start-up (`startWasm`).
 */
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';

export interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(offset: number): void;
  };
  readonly dataIdMap: { get(dataId: DataId): { readonly id: number; readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  disposeData(dataId: DataId): boolean;
}

/** Byte offset of a tensor in the wasm memory. */
export function offsetOf(backend: WasmBackend, tensor: { readonly dataId: DataId }): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
}
