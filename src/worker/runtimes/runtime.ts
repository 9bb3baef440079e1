/** What is known about a runtime on this machine; the same type answers "which are there?" and "which one runs?". */
import type { RuntimeName } from '../../shared/experiment/runtimeName';

export type { RuntimeName };

export interface RuntimeStatus {
  readonly name: RuntimeName;
  readonly available: boolean;
  /** One sentence a user can read: why it was chosen, or why it cannot be used. */
  readonly reason: string;
  /** What computes, e.g. `CPU (SIMD)` or a GPU's name; empty when the runtime is not available. */
  readonly device: string;
  /** Threads the kernels use; 0 when unknown. */
  readonly threads: number;
  /** Version of the package behind the runtime; empty when it is not installed. */
  readonly version: string;
}
