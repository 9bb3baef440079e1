/**
 * Chooses and starts what executes the tensors. Native packages are optional: they are looked for, never required, and
 * their absence is a sentence, not a failure.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../shared/errors';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import { assertNever } from '../../shared/assertNever';
import { firstLine } from './optionalPackage';
import { registerStockGradients } from '../ops/stockGradients';
import { probeTensorflow, startTensorflow } from './startTensorflow';
import { probeWebgpu, startWebgpu } from './startWebgpu';
import { startWasm } from './wasm/startWasm';
import { usableThreads } from './wasm/usableThreads';
import type { RuntimeName, RuntimeStatus } from './runtime';

/** Whether each runtime could be used here and why (not), best first. Loads packages to find out; never throws. */
export async function listRuntimes(): Promise<RuntimeStatus[]> {
  const statuses: RuntimeStatus[] = [];
  for (const name of runtimeNames) statuses.push(await probe(name));
  return statuses;
}

/**
 * Makes the named runtime the current tfjs backend. `auto` takes the first available of tensorflow-gpu, tensorflow,
 * webgpu (hardware only) and wasm, and says why in `reason`. Throws UserError('runtime') when it cannot be had.
 */
export async function startRuntime(name: RuntimeName | 'auto'): Promise<RuntimeStatus> {
  registerStockGradients();
  tf.enableProdMode(); // silences tfjs's greetings and its per-kernel checks
  if (name !== 'auto') return startNamed(name);
  const misses: string[] = [];
  for (const candidate of runtimeNames) {
    const status = await probe(candidate);
    if (!status.available) {
      misses.push(`${candidate}: ${status.reason}`);
      continue;
    }
    try {
      const started = await start(candidate);
      return { ...started, reason: [`chosen automatically: ${started.reason}`, ...misses].join('; ') };
    } catch (error) {
      misses.push(`${candidate}: does not start: ${firstLine(error)}`);
    }
  }
  throw new UserError('runtime', `No runtime starts on this machine (${misses.join('; ')}); reinstall Transferscope.`);
}

async function startNamed(name: RuntimeName): Promise<RuntimeStatus> {
  const status = await probe(name);
  if (!status.available) throw unavailable(name, status.reason);
  try {
    return await start(name);
  } catch (error) {
    throw unavailable(name, `does not start: ${firstLine(error)}`);
  }
}

function unavailable(name: RuntimeName, reason: string): UserError {
  const advice = name === 'wasm' ? 'reinstall Transferscope' : 'use `runtime: auto`, or see `transferscope runtimes`';
  return new UserError('runtime', `The runtime ${name} cannot be used here (${reason}); ${advice}.`);
}

async function probe(name: RuntimeName): Promise<RuntimeStatus> {
  switch (name) {
    case 'tensorflow-gpu':
    case 'tensorflow':
      return probeTensorflow(name);
    case 'webgpu':
      return probeWebgpu();
    case 'wasm':
      return wasmStatus();
    default:
      return assertNever(name);
  }
}

async function start(name: RuntimeName): Promise<RuntimeStatus> {
  switch (name) {
    case 'tensorflow-gpu':
    case 'tensorflow':
      return startTensorflow(name);
    case 'webgpu':
      return startWebgpu();
    case 'wasm':
      return { ...(await wasmStatus()), threads: (await startWasm()).threads };
    default:
      return assertNever(name);
  }
}

async function wasmStatus(): Promise<RuntimeStatus> {
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) as boolean;
  const version = tf.version_core;
  const base = { name: 'wasm', threads: usableThreads(), version } as const;
  if (!simd)
    return {
      ...base,
      available: false,
      reason: 'this Node.js has no WebAssembly SIMD; use Node 20 or later',
      device: '',
    };
  return { ...base, available: true, reason: 'WebAssembly runs everywhere', device: 'CPU (WebAssembly SIMD)' };
}
