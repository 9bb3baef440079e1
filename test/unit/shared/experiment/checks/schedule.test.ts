/** Milestones and warm-up against the length of a training. */
import { facts, method, testChecks } from './checkCases';

testChecks([
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
]);
