/** The supervised loss against PyTorch autograd; its kernels have their own tests beside them. */
import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { softmaxCrossEntropy } from '../../../../src/worker/ops/loss';
import golden from '../../../golden/data/objectives.json';
import { expectClose, lossAndGradient, onEachBackend } from './backends';

onEachBackend(() => {
  it('equals PyTorch', () => {
    const { logits, labels, shape, loss, gradient } = golden.supervised;
    const input = tf.tensor2d(logits, shape as [number, number]);
    const result = lossAndGradient(input, (x) => softmaxCrossEntropy(x, tf.tensor1d(labels, 'int32')));
    expectClose([result.loss], [loss], 1e-6);
    expectClose(result.gradient, gradient, 1e-6);
  });
});
