/** Queues of keys against batch, data and momentum. */
import { spoil } from '../problemsOf';
import { facts, plain, testChecks } from './checkCases';

testChecks([
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
]);
