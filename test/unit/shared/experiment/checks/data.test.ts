/** Classes, splits and images that are counted before a run. */
import { spoil } from '../problemsOf';
import { facts, method, more, onGoogle, onTwitter, testChecks } from './checkCases';

testChecks([
  [
    'one class, supervised',
    method('supervised'),
    facts({ classes: 1 }),
    [
      '10:11-16 error one-class: `emoji` twitter has one class, so a classifier has nothing to tell apart and learns nothing; use a method without labels, or other data',
      '15:44-49 error one-class: `emoji` twitter has one class, so there is nothing to classify; use other data or labels',
    ],
  ],
  [
    'one class, exemplar',
    method('exemplar', 'recipe: emoji-exemplar-v2'),
    facts({ classes: 1 }),
    [
      '10:11-16 error one-class: `emoji` twitter has one class, so the exemplar loss has no negatives and is always 0; use `moco`, or other data',
      '15:44-49 error one-class: `emoji` twitter has one class, so there is nothing to classify; use other data or labels',
    ],
  ],
  [
    'one class, probe',
    spoil(),
    facts({ classes: 1 }),
    [
      '15:44-49 error one-class: `emoji` twitter has one class, so there is nothing to classify; use other data or labels',
    ],
  ],
  [
    'a class with one image',
    method('supervised'),
    facts({ classes: 3, classCounts: [900, 1, 1010], classNames: ['a', 'flag', 'c'] }),
    [
      '10:11-16 warning class-with-one-image: 1 of 3 classes of `emoji` twitter has a single image (flag): nothing about such a class can generalise; merge or remove them',
    ],
  ],
  [
    'every class has one image, exemplar',
    method('exemplar', 'recipe: emoji-exemplar-v2'),
    facts({ length: 1911, classes: 1911, classCounts: Array<number>(1911).fill(1) }),
    [
      '10:11-16 info all-classes-single: every class of `emoji` twitter has one image, so the exemplar loss equals that of MoCo',
    ],
  ],
  [
    'pretrained on the test images',
    more('split: google'),
    undefined,
    [
      '13:12-18 warning test-images-in-pretraining: `moco` is pretrained on `emoji` google, which holds the test images of `probe`: its score there would be of seen images and cannot be compared; pretrain on another split',
    ],
  ],
  [
    'pretrained on the test images under another name',
    spoil(
      ['data:\n', 'data:\n  all: { kind: emoji, labels: emoji, train: google }\n'],
      ['    data: emoji\n', '    data: all\n'],
    ),
    undefined,
    [
      '11:11-14 warning test-images-in-pretraining: `moco` is pretrained on `all` google, which holds the test images of `probe`: its score there would be of seen images and cannot be compared; pretrain on another split',
    ],
  ],
  [
    'some test images among those of another split',
    spoil(),
    facts({}, { sharedImages: [{ pretrained: onTwitter, tested: onGoogle, images: 37 }] }),
    [
      '10:11-16 warning test-images-in-pretraining: `moco` is pretrained on `emoji` twitter, which holds 37 of the 1911 test images of `probe` (`emoji` google): its score there would be partly of seen images, better than it should be; remove them from one of the two',
    ],
  ],
  [
    'all test images among those of another split',
    spoil(),
    facts({}, { sharedImages: [{ pretrained: onTwitter, tested: onGoogle, images: 1911 }] }),
    [
      '10:11-16 warning test-images-in-pretraining: `moco` is pretrained on `emoji` twitter, which holds the test images of `probe`: its score there would be of seen images and cannot be compared; pretrain on another split',
    ],
  ],
  [
    'counted and none shared, or counted for other splits',
    spoil(),
    facts(
      {},
      {
        sharedImages: [
          { pretrained: onTwitter, tested: onGoogle, images: 0 },
          { pretrained: onGoogle, tested: onTwitter, images: 5 },
          { pretrained: { ...onTwitter, data: 'digits' }, tested: onGoogle, images: 7 },
        ],
      },
    ),
    ['ok'],
  ],
  [
    'shared images of a transfer that does not score it',
    spoil(['data: emoji }\n', 'data: emoji, of: [random] }\n']),
    facts({}, { sharedImages: [{ pretrained: onTwitter, tested: onGoogle, images: 37 }] }),
    ['ok'],
  ],
  [
    'same images, but not scored there',
    spoil(['steps: 2500', 'steps: 2500\n    split: google'], ['data: emoji }\n', 'data: emoji, of: [random] }\n']),
    undefined,
    ['ok'],
  ],
  [
    'unused data',
    spoil(['data:\n', 'data:\n  digits: { kind: idx }\n']),
    undefined,
    [
      '6:3-9 info unused-data: the data `digits` is not used by any pretraining, transfer or analysis; remove it, or name it in one',
    ],
  ],
  [
    'data that only the batch norm of random weights reads',
    spoil(
      ['data:\n', 'data:\n  digits: { kind: idx }\n'],
      ['pretrainings:\n', 'pretrainings:\n  - { id: measured, method: random, batchNorm: calibrated, data: digits }\n'],
    ),
    undefined,
    ['ok'],
  ],
  [
    'split that is not there',
    spoil(['{ kind: emoji }', '{ kind: image-folder, root: images }']),
    { data: { emoji: { splits: ['train', 'test'], bySplit: {} } } },
    ['15:7-9 error unknown-split: `emoji` has no split `val`; it has train, test'],
  ],
  [
    'emoji split that is not there',
    spoil(['data: emoji }\n', 'data: emoji, test: gogle }\n']),
    undefined,
    [
      '15:57-62 error unknown-split: the emoji data has no split `gogle`; its splits are twitter and google; did you mean `google`?',
    ],
  ],
]);
