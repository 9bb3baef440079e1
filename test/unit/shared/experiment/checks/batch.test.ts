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
  [
    'processes without parts to share',
    more('processes: 2'),
    undefined,
    [
      '13:16-17 error processes-accumulate: an update has a single part (`accumulate: 1`), which 2 processes cannot share; write `batch: 64` with `accumulate: 2` and `batchNormGroups: 4`, which is the same training',
    ],
  ],
  [
    'the same training in parts',
    more('batch: 64\n    accumulate: 2\n    batchNormGroups: 4\n    processes: 2'),
    undefined,
    ['ok'],
  ],
  [
    'processes that do not divide the parts',
    more('batch: 32\n    accumulate: 4\n    batchNormGroups: 2\n    processes: 3'),
    undefined,
    [
      '16:16-17 error processes-accumulate: the 4 parts of an update (`accumulate`) cannot be shared evenly by 3 processes; use `processes: 2`, or a multiple of 3 for `accumulate`',
    ],
  ],
  [
    'more processes than graphics processors',
    more('batch: 64\n    accumulate: 2\n    batchNormGroups: 4\n    processes: 2\n    resources: { gpus: 1 }'),
    undefined,
    [
      '16:16-17 warning processes-gpus: 2 processes need a graphics processor each, but `resources` ask for 1; set `gpus: 2`',
    ],
  ],
  [
    'idle graphics processors',
    more('resources: { gpus: 2 }'),
    undefined,
    [
      '13:5-14 warning processes-gpus: of the 2 graphics processors that `resources` ask for, one is used; share each update by `processes: 2`',
    ],
  ],
  ['batch and scaled learning rate', more('batch: 64\n    learningRate: 0.03'), undefined, ['ok']],
]);
