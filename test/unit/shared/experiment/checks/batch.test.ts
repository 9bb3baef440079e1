/** Batches against groups of batch norm, data and learning rates. */
import { facts, method, more, plain, testChecks } from './checkCases';

testChecks([
  [
    'batch not divisible by groups',
    more('batchNormGroups: 5'),
    undefined,
    [
      '13:5-20 warning recipe-overridden: `batchNormGroups` is 5 where the recipe `emoji-moco-v2` has 8: the result can no longer be compared with others of that recipe; remove it, or leave the recipe out',
      '13:22-23 error batch-norm-groups: a batch of 128 cannot be split into 5 equal groups for batch norm; use a multiple of 5, or `batchNormGroups: 8`',
    ],
  ],
  [
    'one image a group',
    plain('batch: 8\n    learningRate: 0.001\n    queue: 1024\n    encoderMomentum: 0.99'),
    undefined,
    [
      '11:12-13 error batch-norm-one-image: with one image in each of the 8 batch-norm groups, batch norm has next to nothing to average over and learns from noise; use `batchNormGroups: 4` or a larger batch',
    ],
  ],
  [
    'batch of one',
    method('supervised', 'batch: 1\n    learningRate: 0.001'),
    undefined,
    [
      '11:12-13 error batch-norm-one-image: with one image in the batch, batch norm has next to nothing to average over and learns from noise; use a batch of at least 2',
    ],
  ],
  [
    'batch larger than the data',
    method('supervised', 'batch: 2048\n    learningRate: 0.1'),
    facts(),
    [
      '11:12-16 error batch-larger-than-data: the batch of 2048 is larger than `emoji` twitter with its 1911 images, so there is not one full batch; use at most 1911',
    ],
  ],
  [
    'batch without learning rate, recipe',
    more('batch: 64'),
    undefined,
    [
      '13:12-14 warning batch-without-learning-rate: the batch is 64, but the learning rate 0.06 of the recipe `emoji-moco-v2` is meant for 128: steps would be too large for so noisy gradients; scale it in proportion, to 0.03',
    ],
  ],
  [
    'batch without learning rate, default',
    method('supervised', 'batch: 512'),
    undefined,
    [
      '11:12-15 warning batch-without-learning-rate: the batch is 512, but the learning rate 0.1 that `supervised` has by default is meant for 256: steps would be needlessly small; scale it in proportion, to 0.2',
    ],
  ],
  ['batch and scaled learning rate', more('batch: 64\n    learningRate: 0.03'), undefined, ['ok']],
]);
