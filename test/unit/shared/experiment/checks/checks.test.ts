import { describe, expect, it } from 'vitest';
import type { Facts, SplitFacts, SplitName } from '../../../../../src/shared/experiment/checks/facts';
import { applyFix, formatProblem, parse, problemLines, spoil } from '../problemsOf';

const emoji = { length: 1911, classes: 95 };
const facts = (changes: Partial<SplitFacts> = {}, more: Partial<Facts> = {}): Facts => ({
  data: { emoji: { splits: ['twitter', 'google'], bySplit: { twitter: { ...emoji, ...changes }, google: emoji } } },
  ...more,
});
const [onTwitter, onGoogle] = ['twitter', 'google'].map((split) => ({ data: 'emoji', split })) as [
  SplitName,
  SplitName,
];
/** The test split has the given classes. */
const novel = (classNames: readonly string[]): Facts => {
  const split = (names: readonly string[]): SplitFacts => ({ length: 1911, classes: names.length, classNames: names });
  const bySplit = { twitter: split(['cat', 'dog']), google: split(classNames) };
  return { data: { emoji: { splits: ['twitter', 'google'], bySplit } } };
};
const more = (line: string) => spoil(['steps: 2500\n', `steps: 2500\n    ${line}\n`]);
const method = (name: string, recipe = `recipe: emoji-${name}`) =>
  spoil(['method: moco', `method: ${name}`], ['recipe: emoji-moco-v2', recipe]);
const plain = (lines: string) => spoil(['recipe: emoji-moco-v2', lines]);

const cases: readonly (readonly [
  title: string,
  text: string,
  facts: Facts | undefined,
  expected: readonly string[],
])[] = [
  ['all is well', spoil(), facts(), ['ok']],
  [
    'queue not a multiple of the batch',
    plain('queue: 1000\n    batch: 128\n    learningRate: 0.06\n    encoderMomentum: 0.99'),
    undefined,
    [
      '11:12-16 error queue-batch: the queue of 1000 keys is not a multiple of the batch of 128, so a batch would not fit at its end; use 1024',
    ],
  ],
  [
    'queue longer than the data: moco',
    plain('queue: 4096\n    encoderMomentum: 0.99'),
    facts(),
    [
      '11:12-16 warning queue-longer-than-data: the queue of 4096 keys holds 2.1 passes over the 1911 images of `emoji` twitter: every image finds older keys of itself among its negatives and is pushed away from them; a queue of 768 avoids it',
    ],
  ],
  [
    'queue longer than the data: exemplar',
    spoil(['method: moco', 'method: exemplar'], ['recipe: emoji-moco-v2', 'queue: 4096\n    encoderMomentum: 0.99']),
    facts(),
    [
      '11:12-16 info queue-longer-than-data: the queue of 4096 keys holds 2.1 passes over the 1911 images of `emoji` twitter: older keys of the same image are masked with its class, but they are up to that many passes out of date; a queue of 768 avoids it',
    ],
  ],
  [
    'queue longer than the data: supcon',
    spoil(['method: moco', 'method: supcon'], ['recipe: emoji-moco-v2', 'queue: 4096\n    encoderMomentum: 0.99']),
    facts(),
    [
      '11:12-16 info queue-longer-than-data: the queue of 4096 keys holds 2.1 passes over the 1911 images of `emoji` twitter: older keys of the same image count as positives; a queue of 768 avoids it',
    ],
  ],
  [
    'queue never full',
    spoil(['steps: 2500', 'steps: 500'], ['recipe: emoji-moco-v2', 'encoderMomentum: 0.99']),
    undefined,
    [
      '8:5-7 warning queue-never-full: the queue of 65536 keys is full only after 256 of 500 steps; until then its negatives are random numbers; use about 12800, or train longer',
    ],
  ],
  [
    'key encoder remembers too long',
    spoil(['steps: 2500', 'steps: 400']),
    undefined,
    [
      '11:13-26 warning momentum-too-high: with encoderMomentum 0.99 the key encoder remembers 100 steps, but the training has 400, so the keys come from a network that has hardly learnt; use at most 0.975, or train longer',
    ],
  ],
  [
    'key encoder, length from epochs',
    spoil(['steps: 2500', 'epochs: 30']),
    facts(),
    [
      '11:13-26 warning momentum-too-high: with encoderMomentum 0.99 the key encoder remembers 100 steps, but the training has 420, so the keys come from a network that has hardly learnt; use at most 0.976, or train longer',
    ],
  ],
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
  [
    'recipe overridden',
    more('temperature: 0.07'),
    undefined,
    [
      '13:5-16 warning recipe-overridden: `temperature` is 0.07 where the recipe `emoji-moco-v2` has 0.2: the result can no longer be compared with others of that recipe; remove it, or leave the recipe out',
    ],
  ],
  [
    'recipe schedule overridden',
    more('schedule: { kind: step, milestones: [10] }'),
    undefined,
    [
      '13:5-13 warning recipe-overridden: `schedule.kind` is "step" where the recipe `emoji-moco-v2` has "cosine": the result can no longer be compared with others of that recipe; remove it, or leave the recipe out',
    ],
  ],
  ['recipe schedule refined is fine', more('schedule: { warmupSteps: 0 }'), undefined, ['ok']],
  ['varied in a matrix is fine', more('matrix: { temperature: [0.07, 0.2] }'), undefined, ['ok']],
  [
    'unequal lengths',
    spoil(['- { id: random }', '- { id: s, method: supervised, data: emoji, recipe: emoji-supervised, steps: 400 }']),
    undefined,
    [
      '13:80-83 info unequal-length: `s` trains for 400 steps and `moco` for 2500: a difference between them may be one of training time; give both the same `steps` for a fair comparison',
    ],
  ],
  [
    'milestones beyond the end',
    method('supervised', 'schedule: { kind: step, per: step, milestones: [3000] }'),
    undefined,
    [
      '11:5-13 warning milestones-beyond-end: the learning rate first falls at step 3000, but the training ends at step 2500: it never falls; move the milestones, or use a cosine schedule',
    ],
  ],
  [
    'milestones beyond the end, in epochs',
    method('supervised', 'schedule: { kind: step, milestones: [400] }'),
    facts(),
    [
      '11:5-13 warning milestones-beyond-end: the learning rate first falls at epoch 400, but the training ends at epoch 357.1: it never falls; move the milestones, or use a cosine schedule',
    ],
  ],
  [
    'milestones out of order',
    method('supervised', 'schedule: { kind: step, per: step, milestones: [30, 20] }'),
    undefined,
    ['11:5-13 error milestones-order: the milestones 30, 20 are not in ascending order; sort them and write each once'],
  ],
  [
    'warm-up too long',
    method('supervised', 'schedule: { kind: cosine, warmupSteps: 2500 }'),
    undefined,
    [
      '11:5-13 warning warmup-too-long: the warm-up of 2500 steps is as long as the whole training of 2500, so the learning rate never gets to its value; shorten it',
    ],
  ],
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
      '10:11-16 warning class-with-one-image: 1 of 3 classes of `emoji` twitter have a single image (flag): nothing about such a class can generalise; merge or remove them',
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
  [
    'images too small',
    spoil(['stem: small', 'stem: imagenet'], ['imageSize: 32', 'imageSize: 16']),
    undefined,
    [
      '3:12-14 error image-too-small: resnet18 with the `imagenet` stem shrinks images 32 times, so of 16 px less than one position is left in layer4; use a `small` or `cifar` stem, or larger images',
    ],
  ],
  [
    'images rather small',
    spoil(['stem: small', 'stem: imagenet']),
    undefined,
    [
      '3:12-14 warning image-too-small: resnet18 with the `imagenet` stem shrinks images 32 times, so of 32 px a single position is left in layer4; use a `small` or `cifar` stem, or larger images',
    ],
  ],
  [
    'image size off the stride',
    spoil(['imageSize: 32', 'imageSize: 40']),
    undefined,
    [
      '3:12-14 info image-size-stride: 40 px is not a multiple of 16, the stride of resnet18 with the `small` stem, so the last layers see a partly padded border; 48 px fits',
    ],
  ],
  [
    'dilated basic blocks',
    spoil(['stem: small', 'stem: small, dilate: [false, true, true]']),
    undefined,
    [
      '4:61-80 error backbone: resnet18 is made of basic blocks, which cannot be dilated; remove "dilate" or use resnet50 or resnet101',
    ],
  ],
  [
    'out of memory',
    more('checkpointEvery: 100'),
    facts({}, { memoryBytes: 3e7 }),
    [
      '11:13-26 warning memory: `moco` needs about 53 MB (320 kB an image and 12 MB for weights), more than the 30 MB of this runtime, and would run out of memory; a batch of at most 57 fits; `batch: 32` with `accumulate: 4` learns from as many images; `recompute: true` needs about half the memory',
    ],
  ],
  [
    'one seed',
    spoil(['seeds: [0, 1]', 'seeds: [0]']),
    undefined,
    [
      '2:8-11 info one-seed: with one seed there is no interval, so a difference may be chance; three seeds or more, such as `seeds: [0, 1, 2]`, show it',
    ],
  ],
  [
    'repeated seed',
    spoil(['seeds: [0, 1]', 'seeds: [0, 1, 0]']),
    undefined,
    [
      '2:15-16 error duplicate-seed: the seed 0 is listed twice; the same run would count double and make the interval too narrow; remove one',
    ],
  ],
  [
    'one file for all seeds',
    spoil(['{ id: random }', '{ id: r, weights: w.safetensors }']),
    undefined,
    [
      '13:23-36 info same-weights-for-all-seeds: `r` imports the same file for all 2 seeds, so its results count once; use `{seed}` in the path where there is a file for each',
    ],
  ],
  [
    'absolute path',
    spoil(['{ id: random }', '{ id: r, weights: "/mnt/w-{seed}.pth" }']),
    undefined,
    [
      '13:23-42 error bad-path: the path /mnt/w-{seed}.pth is absolute, so the experiment runs on no other machine and may read outside the workspace; make it relative to this file, or allow outside paths in the settings',
    ],
  ],
  [
    'path out of the workspace',
    spoil(['{ id: random }', '{ id: r, weights: "${workspaceFolder}/../w-{seed}.pth" }']),
    undefined,
    [
      '13:23-59 error bad-path: the path ${workspaceFolder}/../w-{seed}.pth leads out of the workspace; move the files inside, or allow outside paths in the settings',
    ],
  ],
  [
    'unknown variable in a path',
    spoil(['{ id: random }', '{ id: r, weights: "${env:HOME}/w-{seed}.pth" }']),
    undefined,
    ['13:23-49 error bad-path: `${env:HOME}` is not known here; only ${workspaceFolder} at the start is'],
  ],
  [
    'unknown placeholder in a path',
    spoil(['{ id: random }', '{ id: r, weights: "w-{sed}.pth" }']),
    undefined,
    ['13:23-36 error bad-path: `{sed}` is not known in a path; only `{seed}` is filled in'],
  ],
];

describe('checks', () => {
  it.each(cases)('%s', (_title, text, known, expected) => {
    const lines = problemLines(text, known);
    expect(lines.length > 0 ? lines : ['ok']).toEqual(expected);
  });
});

describe('quick fixes of checks', () => {
  const fixable = cases.flatMap(([title, text, known]) =>
    parse(text, { facts: known }).problems.flatMap((problem) =>
      (problem.fixes ?? []).map((fix) => ({ title, name: `${problem.code}, ${fix.title}`, text, known, problem, fix })),
    ),
  );

  it('are many', () => {
    expect(fixable.length).toBeGreaterThan(20);
  });

  it.each(fixable)('$title: $name', ({ text, known, problem, fix }) => {
    const fixed = parse(applyFix(text, fix), { facts: known });
    expect(fixed.problems.map(({ code, path }) => `${code} ${path.join('.')}`)).not.toContain(
      `${problem.code} ${problem.path.join('.')}`,
    );
    expect(
      fixed.problems
        .filter(({ code }) => ['syntax', 'unknown-key', 'wrong-type', 'missing-key'].includes(code))
        .map(formatProblem),
    ).toEqual([]);
  });
});
