/**
 * Settings of the transfers that leave the backbone frozen: linear probe, nearest neighbours, retrieval. All read
 * features of named layers, so they share feature stages. Left out: tasks that fine-tune (detection, segmentation).
 */
import { z } from 'zod';
import { emojiLabels } from './dataFields';
import { field, required } from './fields';
import { identifier } from './pretrainingFields';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);
const splitName = z.string().min(1).max(200);

export const commonTransferFields = {
  id: required(identifier, { doc: 'Name of this transfer in tables.' }),
  about: field(z.string().max(2000), { doc: 'A note for readers; changes nothing.', defaultText: 'none' }),
  data: required(z.string(), { doc: 'Which entry of `data` to use.' }),
  of: field(z.array(z.string()).min(1), {
    doc: 'Which pretrainings to transfer, by id; the id of a matrix means all of its pretrainings.',
    defaultText: 'all',
  }),
  recipe: field(z.string(), {
    doc: 'Published settings to start from; what is written here goes first.',
    defaultText: 'none',
  }),
  matrix: field(z.record(z.string(), z.array(z.unknown()).min(1).max(64)), {
    doc: 'Makes one transfer for each combination of the listed values, called `id[value]`.',
    defaultText: 'none',
  }),
  imageSize: field(whole(8, 2048), {
    doc: 'Side of the square images that the network sees in this transfer.',
    unit: 'px',
    defaultText: "the experiment's `imageSize`",
  }),
  labels: field(z.enum(emojiLabels), {
    doc: 'What counts as a class here; only for `emoji` data.',
    defaultText: "the data's `labels`",
  }),
};

/** What transfers on a frozen backbone have. */
export const frozenFields = {
  layers: field(z.union([z.literal('all'), z.array(z.string()).min(1).max(256)]), {
    doc: 'Layers whose features are used, by their torchvision names, or `all`.',
    default: 'all',
  }),
  pool: field(z.union([z.literal('average'), z.strictObject({ maxDimension: whole(1, 1_000_000) })]), {
    doc: 'How a feature map becomes a vector: its average, or average-pooled to the largest grid with at most `maxDimension` numbers.',
    default: 'average',
  }),
};

/** Training and testing part of a transfer. */
export const splitFields = {
  train: field(splitName, { doc: 'Split whose labels are learnt from.', defaultText: "the data's `train` split" }),
  test: field(splitName, { doc: 'Split that is scored.', defaultText: "the data's `test` split" }),
  trainImages: field(whole(1, 100_000_000), {
    doc: 'Use only this many images of the training split, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    defaultText: 'all',
  }),
  testImages: field(whole(1, 100_000_000), {
    doc: 'Use only this many images of the test split, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    defaultText: 'all',
  }),
};

export const probeFields = {
  solver: field(z.enum(['lbfgs', 'sgd']), {
    doc: 'Solve the probe to its optimum (L-BFGS), or train it with the schedule of the paper (SGD).',
    paper: 'Zhao 2021, arXiv 2006.06606; He 2020, arXiv 1911.05722, section 4.1',
    default: 'lbfgs',
  }),
  l2: field(real(0, 1000), {
    doc: 'Weight of half the squared norm of the classifier, added to the mean cross-entropy; `lbfgs` only.',
    default: 1e-4,
  }),
  standardise: field(z.boolean(), {
    doc: 'Scale every feature to mean 0 and deviation 1 over the training images first.',
    default: true,
    defaultText: '`true` for `lbfgs`, `false` for `sgd`, whose published learning rate is for features as they come',
  }),
  learningRate: field(real(1e-8, 1000), { doc: 'Learning rate at the start; `sgd` only.', default: 30 }),
  momentum: field(real(0, 0.9999), { doc: 'Momentum of the gradient descent; `sgd` only.', default: 0.9 }),
  weightDecay: field(real(0, 1), { doc: 'Weight decay; `sgd` only.', default: 0 }),
  epochs: field(whole(1, 100_000), {
    doc: 'Passes over the training features; `sgd` only.',
    unit: 'epochs',
    default: 100,
  }),
  milestones: field(z.array(whole(1, 100_000)).max(64), {
    doc: 'Epochs at which the learning rate is divided by ten; `sgd` only.',
    unit: 'epochs',
    default: [60, 80],
  }),
  batch: field(whole(1, 1_000_000), { doc: 'Number of images in one step; `sgd` only.', unit: 'images', default: 256 }),
};

export const knnFields = {
  k: field(whole(1, 1_000_000), {
    doc: 'How many nearest training images vote.',
    unit: 'images',
    paper: 'Wu 2018, arXiv 1805.01978, section 3.4',
    default: 200,
  }),
  temperature: field(real(0.001, 10), {
    doc: 'A vote weighs exp(cosine similarity / temperature).',
    paper: 'Wu 2018, arXiv 1805.01978, section 3.4',
    default: 0.07,
  }),
};

export const retrievalFields = {
  gallery: field(splitName, { doc: 'Split that is searched.', defaultText: "the data's `train` split" }),
  query: field(splitName, { doc: 'Split whose images are looked up.', defaultText: "the data's `test` split" }),
};
