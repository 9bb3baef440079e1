/**
 * The part of @tensorflow/tfjs-node's backend that we use, and how it is brought up over the worker's own tfjs-core.
 * Its constructor needs the native addon; its kernels register themselves when their file is loaded.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createLoader } from './commonJs';

/** A numbered TensorFlow attribute type; the numbers are the addon's. */
export interface NativeBinding {
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  isUsingGpuDevice(): boolean;
  /** Hands a copy-free view of numbers to TensorFlow and returns its number. */
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  /** Runs an operation on numbered tensors. */
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeTensor[];
}

/** A tensor of TensorFlow's that tfjs knows nothing of; whoever asked for it deletes it. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

export interface NativeBackend {
  readonly binding: NativeBinding;
  /** TensorFlow's numbers of tfjs tensors; uploads what was not yet. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  /** Makes a tensor tfjs's own. */
  createOutputTensor(tensor: NativeTensor): tf.Tensor;
  /** What tfjs's tensors are here: TensorFlow's number, −1 for none, and how many tensors share it. */
  readonly tensorMap: { get(dataId: object): { id: number; readonly refCount: number } };
  /** How many tensors TensorFlow holds. */
  getNumOfTFTensors(): number;
}

/** Files of an installation, absolute. */
export interface NativeFiles {
  readonly packageName: string;
  readonly packageFolder: string;
  readonly addon: string;
}

/** Loads addon and kernels and registers the tfjs backend `tensorflow`. Throws what loading throws. */
export function registerNativeBackend({ packageName, packageFolder, addon }: NativeFiles): NativeBackend {
  const ordinary = createRequire(import.meta.url);
  // TensorFlow greets on stderr when it is loaded; errors are still told.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const binding = ordinary(addon) as NativeBinding;
  const load = createLoader(
    new Map<string, unknown>([
      ['@tensorflow/tfjs', tf],
      ['@tensorflow/tfjs-core', tf],
      // Node 23 removed these two, which the package calls at every operation.
      ['util', { ...(ordinary('node:util') as object), isNullOrUndefined, isArray: Array.isArray }],
      // Only for TensorBoard summaries; it would pull in protobuf.
      ['./proto/api_pb', {}],
    ]),
  );
  const { NodeJSKernelBackend } = load(join(packageFolder, 'dist', 'nodejs_kernel_backend.js')) as {
    NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => tf.KernelBackend & NativeBackend;
  };
  const backend = new NodeJSKernelBackend(binding, packageName);
  tf.registerBackend('tensorflow', () => backend, 3);
  load(join(packageFolder, 'dist', 'register_all_kernels.js'));
  return backend;
}

function isNullOrUndefined(value: unknown): boolean {
  return value === null || value === undefined;
}
