/**
 * Failures of a runtime that a user can do something about: no memory left, or the GPU gone. What was computed up to the last
 * checkpoint is kept in both cases, because states are written to the disk and never held by the device alone.
 */
import { UserError } from '../../shared/errors';
import { firstLine } from './optionalPackage';
import { webgpuFailure } from './startWebgpu';

/** As TensorFlow, the C++ allocator, V8, the wasm backend and Dawn say it. */
const outOfMemory =
  /\bOOM\b|out of memory|out_of_memory|bad_alloc|ResourceExhausted|RESOURCE_EXHAUSTED|Array buffer allocation failed|Cannot enlarge memory|could not allocate|failed to allocate|memory access out of bounds|typed array length: \d{9,}/i;

const deviceLost = /device (was |is )?lost|CUDA_ERROR|CUDNN_STATUS|CUBLAS_STATUS|device::kernel/i;

/** A failed allocation or a lost device as a UserError with advice; everything else as it came. */
export function explainRuntimeFailure(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const said = firstLine(error);
  if (outOfMemory.test(error.message))
    return new UserError(
      'runtime',
      `the memory does not suffice (${said}); halve batch and double accumulate, which keeps the images of an update, set recompute: true, lower imageSize or the backbone's width, or choose a runtime with more memory. What was trained up to the last checkpoint is kept: resume goes on from there`,
    );
  if (deviceLost.test(error.message)) return lost(said);
  return error;
}

/** Throws when the current device has failed without saying so: WebGPU then computes zeros. */
export function requireWorkingRuntime(): void {
  const problem = webgpuFailure();
  if (problem === undefined) return;
  throw outOfMemory.test(problem) ? explainRuntimeFailure(new Error(problem)) : lost(problem);
}

function lost(said: string): UserError {
  return new UserError(
    'runtime',
    `the GPU stopped working (${said}); resume goes on from the last checkpoint, with another --runtime if it happens again`,
  );
}
