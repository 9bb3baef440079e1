/** Image sizes and memory. */
import { spoil } from '../problemsOf';
import { facts, more, testChecks } from './checkCases';

testChecks([
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
    facts({}, { memory: { process: 3e7, machine: 8e9 } }),
    [
      '11:13-26 warning memory: `moco` needs about 53 MB (320 kB an image and 12 MB for weights), more than the 30 MB of this runtime, and would run out of memory; a batch of at most 57 fits; `batch: 32` with `accumulate: 4` learns from as many images; `recompute: true` needs about half the memory',
    ],
  ],
  [
    'out of memory in several processes, each with a limit of its own',
    more('learningRate: 0.24\n    accumulate: 4\n    processes: 4'),
    facts({}, { memory: { process: 3e7, machine: 8e9 } }),
    [
      '11:13-26 warning memory: each of the 4 processes of `moco` needs about 53 MB (320 kB an image and 12 MB for weights), more than the 30 MB that each can have, and would run out of memory; a batch of at most 57 fits; `batch: 32` with `accumulate: 16` learns from as many images; `recompute: true` needs about half the memory',
    ],
  ],
  [
    'several processes that together need more than the machine has',
    more('learningRate: 0.24\n    accumulate: 4\n    processes: 4'),
    facts({}, { memory: { process: 1.6e8, machine: 1.6e8 } }),
    [
      '11:13-26 warning memory: each of the 4 processes of `moco` needs about 53 MB (320 kB an image and 12 MB for weights), more than the 40 MB that each can have, and would run out of memory; a batch of at most 88 fits; `batch: 64` with `accumulate: 8` learns from as many images; `recompute: true` needs about half the memory; at most 3 `processes` fit',
    ],
  ],
  [
    'one process of that size on the same machine',
    more('learningRate: 0.24\n    accumulate: 4'),
    facts({}, { memory: { process: 1.6e8, machine: 1.6e8 } }),
    ['ok'],
  ],
]);
