/** Curves that explain themselves: for each metric its name, what it shows and what is healthy. Pure. */
import type { CurveFormat } from './thinnedCurve';
import { detectionNotes } from './detectionCurveNotes';
import { formatCount } from '../formatNumbers';

/** What of a pretraining's settings its curves are judged by. */
export interface CurveContext {
  readonly method: string;
  /** K, the length of the queue of negatives. */
  readonly queue?: number;
  readonly batch?: number;
}

export interface CurveNote {
  readonly title: string;
  readonly format: CurveFormat;
  readonly explanation: string;
}

type Explain = (contexts: readonly CurveContext[]) => string;

const notes: Readonly<Record<string, readonly [title: string, format: CurveFormat, explain: Explain]>> = {
  loss: ['Loss', 'number', explainLoss],
  ...detectionNotes,
  positiveAccuracy: [
    'Own key found',
    'share',
    () =>
      'How often an image’s own key scores above every other. It should rise from 0 and stay below 100 %: then the task is neither hopeless nor solved.',
  ],
  trainAccuracy: [
    'Accuracy on training images',
    'share',
    () => 'Right answers on the batches being learnt. It should rise steadily; at 100 % the images are known by heart.',
  ],
  knn: [
    'Nearest-neighbour accuracy',
    'share',
    () =>
      'How well features alone, without training, tell the classes apart. The best early sign of what will transfer.',
  ],
  featureError: [
    'Error of features',
    'number',
    () =>
      'How far the features of the picture that is fitted are from those of the image: 0 is met. It begins anew with each image and layer; a jump to above 1 asks for a lower learning rate.',
  ],
  rankMe: [
    'Effective rank',
    'number',
    () =>
      'How many directions the features use (RankMe). It should stay well above 1; a fall towards 1 means that they collapse.',
  ],
  spread: [
    'Spread of embeddings',
    'share',
    () =>
      'Standard deviation of the embeddings, as a share of an even spread. Healthy is near 100 %; below 10 % all images look the same to the network.',
  ],
  alignment: [
    'Alignment',
    'number',
    () =>
      'Squared distance between two views of one image. It should fall, but not to 0 before uniformity has fallen too.',
  ],
  uniformity: [
    'Uniformity',
    'number',
    () => 'How evenly embeddings cover the sphere: 0 is one point, −4 is even. It should fall.',
  ],
  queueFill: [
    'Queue filled',
    'share',
    () => 'Share of the queue that holds real keys instead of noise. The loss rises until it is full.',
  ],
  gradientNorm: [
    'Gradient norm',
    'number',
    () =>
      'Length of the gradient over all weights. Slow change is healthy; a jump by ten times warns of a learning rate that is too high.',
  ],
  learningRate: ['Learning rate', 'rate', () => 'As the schedule sets it.'],
  waiting: [
    'Waiting for images',
    'share',
    () => 'Share of the time in which nothing was trained because the next images were not ready. It should be near 0.',
  ],
  imagesPerSecond: [
    'Images per second',
    'number',
    () => 'Speed of the training without its diagnostics. A fall means that something else uses the machine.',
  ],
};

/** Charts come in this order; what is not here follows, as it was logged. */
export const metricOrder: readonly string[] = Object.keys(notes);

export function noteOnCurve(metric: string, contexts: readonly CurveContext[]): CurveNote {
  const known = notes[metric];
  if (!known) return { title: metric, format: 'number', explanation: `Logged as ${metric}.` };
  const [title, format, explain] = known;
  return { title, format, explanation: explain(contexts) };
}

/** Loss of a contrastive method that cannot tell keys apart: log(K + 1). */
export function chanceLoss({ queue }: CurveContext): number | undefined {
  return queue === undefined ? undefined : Math.log(queue + 1);
}

function explainLoss(contexts: readonly CurveContext[]): string {
  const queues = [...new Set(contexts.flatMap(({ queue }) => (queue === undefined ? [] : [queue])))];
  const parts: string[] = [];
  if (contexts.some(({ method }) => method === 'supervised'))
    parts.push('Cross-entropy of the labels: it should fall fast, then slowly, with a step down when the rate drops.');
  if (contexts.some(({ method }) => method === 'detection'))
    parts.push('The sum of its parts below: it should fall fast, then slowly, and faster again when the rate drops.');
  for (const queue of queues)
    parts.push(
      `How hard it is to tell an image’s own key from ${formatCount(queue)} others: guessing gives log(${formatCount(queue + 1)}) = ${Math.log(queue + 1).toFixed(2)}, and it should fall below that once the queue is full.`,
    );
  if (contexts.some(({ method }) => method === 'instdisc'))
    parts.push('How hard it is to tell each image from all others by the memory bank: it should fall slowly.');
  return parts.length > 0 ? parts.join(' ') : 'What the training makes small: it should fall.';
}
