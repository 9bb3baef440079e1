/** What a training leaves of its weights: the backbone and its classifier or projection, as PyTorch names them. */
import { encodeWeights } from '../checkpoint/weightsFile';
import { requireFinite } from '../train/trainingState';
import type { Learner } from './learner';

/** Bytes of a safetensors file; `when` is for the message about a weight that is not finite. */
export async function encodeLearner({ backbone, headWeights }: Learner, when: string): Promise<Uint8Array> {
  requireFinite(await backbone.weights.exportTensors(), when);
  return encodeWeights({ stores: [backbone.weights, headWeights] });
}
