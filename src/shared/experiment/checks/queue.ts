/** The key queue and the key encoder of MoCo-like methods. He et al. 2020, arXiv 1911.05722; the limits for small data sets are ours. */
import { effectiveBatch, showBatch } from '../effectiveBatch';
import type { MomentumMethod } from '../methods';
import type { MomentumPretraining } from '../schema';
import type { CheckContext } from './context';

/** Reports queues that cannot work as meant, and key encoders that remember too long. */
export function checkQueue(pretraining: MomentumPretraining, context: CheckContext): void {
  checkDivisible(pretraining, context);
  checkQueueAgainstData(pretraining, context);
  checkQueueFills(pretraining, context);
  checkMemory(pretraining, context);
}

function checkDivisible(pretraining: MomentumPretraining, context: CheckContext): void {
  const { id, queue } = pretraining;
  const batch = effectiveBatch(pretraining);
  if (queue % batch === 0) return;
  const nearest = Math.max(batch, Math.round(queue / batch) * batch);
  context.report({
    severity: 'error',
    code: 'queue-batch',
    message: `the queue of ${queue} keys is not a multiple of the batch of ${showBatch(pretraining)}, so a batch would not fit at its end; use ${nearest}`,
    path: context.pathOf(id, 'queue'),
    fixes: [setTo({ id, key: 'queue', value: nearest }, context)],
  });
}

/** What becomes of an image's own keys of earlier passes. */
const olderKeys: Readonly<Record<MomentumMethod, string>> = {
  moco: 'every image finds older keys of itself among its negatives and is pushed away from them',
  exemplar: 'older keys of the same image are masked with its class, but they are up to that many passes out of date',
  supcon: 'older keys of the same image count as positives',
};

function checkQueueAgainstData(pretraining: MomentumPretraining, context: CheckContext): void {
  const { id, method, queue, data, split } = pretraining;
  const batch = effectiveBatch(pretraining);
  const length = context.split(data, split)?.length;
  if (length === undefined || queue <= length) return;
  const rounds = (queue / length).toFixed(1);
  const shorter = Math.max(batch, Math.floor(length / 2 / batch) * batch);
  context.report({
    severity: method === 'moco' ? 'warning' : 'info',
    code: 'queue-longer-than-data',
    message: `the queue of ${queue} keys holds ${rounds} passes over the ${length} images of \`${data}\` ${split}: ${olderKeys[method]}; a queue of ${shorter} avoids it`,
    path: context.pathOf(id, 'queue'),
    fixes: [setTo({ id, key: 'queue', value: shorter }, context)],
  });
}

function checkQueueFills(pretraining: MomentumPretraining, context: CheckContext): void {
  const { id, queue } = pretraining;
  const batch = effectiveBatch(pretraining);
  const steps = context.totalSteps(pretraining);
  if (steps === undefined || queue < (steps * batch) / 2) return;
  const filling = Math.ceil(queue / batch);
  const fitting = Math.max(batch, Math.floor((steps * batch) / 10 / batch) * batch);
  context.report({
    severity: 'warning',
    code: 'queue-never-full',
    message: `the queue of ${queue} keys is full only after ${filling} of ${steps} steps; until then its negatives are random numbers; use about ${fitting}, or train longer`,
    path: context.pathOf(id, 'queue'),
    fixes: [setTo({ id, key: 'queue', value: fitting }, context)],
  });
}

function checkMemory(pretraining: MomentumPretraining, context: CheckContext): void {
  const { id, encoderMomentum } = pretraining;
  const steps = context.totalSteps(pretraining);
  const memory = 1 / (1 - encoderMomentum);
  // Rounded, since 1/(1 - 0.99) is a hair above 100. Below two steps there is nothing left to lower.
  if (steps === undefined || Math.round(memory) <= Math.max(2, steps / 5)) return;
  // A tenth of the training; two digits are enough.
  const fitting = Number(Math.max(0.5, 1 - Number((10 / steps).toPrecision(2))).toFixed(8));
  context.report({
    severity: 'warning',
    code: 'momentum-too-high',
    message: `with encoderMomentum ${encoderMomentum} the key encoder remembers ${Math.round(memory)} steps, but the training has ${steps}, so the keys come from a network that has hardly learnt; use at most ${fitting}, or train longer`,
    path: context.pathOf(id, 'encoderMomentum'),
    fixes: [setTo({ id, key: 'encoderMomentum', value: fitting }, context)],
  });
}

function setTo(
  { id, key, value }: { id: string; key: string; value: number },
  context: CheckContext,
): ReturnType<typeof context.document.fix.setValue> {
  const path = context.pathToSet(id, key);
  return path && context.document.fix.setValue(path, value);
}
