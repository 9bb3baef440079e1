/** Stands in for random numbers where a network's weights are replaced at once; drawing real ones for ResNet-50 takes seconds. */
import type { Random } from '../../shared/random';

export const unusedRandom: Random = {
  nextUint32: () => 0,
  uniform: () => 0,
  uniformIn: (low) => low,
  integer: () => 0,
  normal: () => 0,
  permutation: (count) => Uint32Array.from({ length: count }, (_, index) => index),
};
