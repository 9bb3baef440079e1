/**
 * Starts the tfjs wasm backend and adds the kernels that training needs. The binaries lie beside the bundle when there
 * is one, otherwise in the installed package.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { KernelRunner } from './kernelRunner';
import { registerKernels } from './registerKernels';
import { withSharedMemory } from './sharedMemory';
import { registerStockKernels } from './stockKernels';
import { currentWasmBackend } from './wasmBackend';

const simdBinary = 'tfjs-backend-wasm-simd.wasm';

let runner: KernelRunner | undefined;

/** Makes wasm the current backend; returns how many threads its kernels use. Throws when the binaries are missing or broken. */
export async function startWasm(): Promise<{ readonly threads: number }> {
  const folder = binaryFolder();
  if (!folder) throw new Error(`the file ${simdBinary} is missing; reinstall Transferscope`);
  if (!runner) {
    setWasmPaths(`${folder}/`);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const started = await withSharedMemory(() => tf.setBackend('wasm'));
    if (!started) throw new Error('the WebAssembly backend did not start');
    const backend = currentWasmBackend();
    runner = new KernelRunner(backend.wasm.asm.memory);
    registerStockKernels();
    registerKernels({ backend, runner });
  }
  await tf.setBackend('wasm');
  return { threads: runner.threads };
}

/** Leaves the other threads idle, for a process that shares the machine; returns what gives them back. */
export function limitWasmThreads(threads: number): () => void {
  runner?.limitThreads(threads);
  return () => runner?.limitThreads(Infinity);
}

/** The folder that holds tfjs's .wasm files, or undefined. */
function binaryFolder(): string | undefined {
  const beside = dirname(fileURLToPath(import.meta.url));
  if (existsSync(join(beside, simdBinary))) return beside;
  try {
    const installed = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
    return existsSync(join(installed, simdBinary)) ? installed : undefined;
  } catch {
    return undefined;
  }
}
