/** Transfers against what their data hold. */
import { spoil } from '../problemsOf';
import { facts, novel, testChecks } from './checkCases';

testChecks([
  [
    'tested on what it learns from',
    spoil(['data: emoji }\n', 'data: emoji, test: twitter }\n']),
    undefined,
    [
      '10:11-16 warning test-images-in-pretraining: `moco` is pretrained on `emoji` twitter, which holds the test images of `probe`: its score there would be of seen images and cannot be compared; pretrain on another split',
      '15:57-64 warning train-equals-test: `probe` is tested on `twitter`, the split that it learns from, so its score says how well it remembers; name another split for `test`',
    ],
  ],
  [
    'tested on classes that it has not learnt',
    spoil(),
    novel(['bee', 'eel']),
    [
      '15:7-9 error classes-differ: `probe` learns the 2 classes of `emoji` twitter but is tested on the 2 of google, which are others (bee is in one only): its score would mean nothing; name splits with the same classes',
    ],
  ],
  ['tested on the same classes', spoil(), novel(['cat', 'dog']), ['ok']],
  ['retrieval between other classes', spoil(['task: linear-probe', 'task: retrieval']), novel(['bee', 'eel']), ['ok']],
  [
    'k larger than the data',
    spoil(['task: linear-probe', 'task: knn, trainImages: 100']),
    undefined,
    [
      '15:7-9 warning k-larger-than-data: k is 200, but there are only 100 training images, so every image votes on every question; use fewer, such as 10',
    ],
  ],
  [
    'k larger than the opened data',
    spoil(['task: linear-probe', 'task: knn, k: 2000']),
    facts(),
    [
      '15:32-36 warning k-larger-than-data: k is 2000, but there are only 1911 training images, so every image votes on every question; use fewer, such as 191',
    ],
  ],
  [
    'subset larger than the data',
    spoil(['task: linear-probe', 'task: linear-probe, trainImages: 5000']),
    facts(),
    [
      '15:51-55 warning subset-larger-than-data: `trainImages: 5000` asks for more than the 1911 images of `emoji` twitter; all of them are used; remove it',
    ],
  ],
  [
    'setting of another solver',
    spoil(['task: linear-probe', 'task: linear-probe, epochs: 50']),
    undefined,
    ['15:38-44 warning no-effect: `epochs` has no effect with `solver: lbfgs`; remove it, or use `solver: sgd`'],
  ],
  [
    'retrieval among themselves',
    spoil(['task: linear-probe', 'task: retrieval, gallery: google']),
    undefined,
    [
      '15:7-9 error gallery-equals-query: `probe` looks images of `google` up among themselves, so each finds itself; name another split for `gallery` or `query`',
    ],
  ],
]);
