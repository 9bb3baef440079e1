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
import { registerStockKernels } from './stockKernels';

const simdBinary = 'tfjs-backend-wasm-simd.wasm';

/** Makes wasm the current backend; returns whether it uses SIMD. Throws when the binaries are missing or broken. */
export async function startWasm(): Promise<{ readonly simd: boolean }> {
  const folder = binaryFolder();
  if (!folder) throw new Error(`the file ${simdBinary} is missing; reinstall Transferscope`);
  if (tf.getBackend() !== 'wasm') {
    setWasmPaths(`${folder}/`);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend did not start');
  }
  registerStockKernels();
  return { simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT') as boolean };
}

/** The folder that holds tfjs's .wasm files, or undefined. */
export function binaryFolder(): string | undefined {
  const beside = dirname(fileURLToPath(import.meta.url));
  if (existsSync(join(beside, simdBinary))) return beside;
  try {
    const installed = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
    return existsSync(join(installed, simdBinary)) ? installed : undefined;
  } catch {
    return undefined;
  }
}
