/**
 * Settings of the transfers that leave the backbone frozen: linear probe, nearest neighbours, retrieval, few-shot. All read
 * features of named layers, so they share feature stages. Left out: tasks that fine-tune (detection, segmentation).
 */
import { z } from 'zod';
import { episodeClassifierNames } from '../math/fewShot/episodeClassifiers';
import { featureTransforms } from '../math/fewShot/scoreEpisodes';
import { emojiLabels } from './dataFields';
import { field, required } from './fields';
import { identifier } from './pretrainingFields';
import { resourcesField } from './resourceFields';

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
  resources: resourcesField,
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

/** How many labels a transfer may learn from; without it, all of the training split. */
export const budgetFields = {
  budget: field(
    z.union([
      z.string().regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/),
      z.strictObject({
        perClass: required(whole(1, 1_000_000), { doc: 'Labelled images of each class.', unit: 'images' }),
      }),
    ]),
    {
      doc: 'Learn from this part of the labels only: the same share of each class (at least one image), or so many images of each. Drawn with the seed; a smaller budget is a part of a larger one.',
      allowed: 'a share such as `1%` or `10%`, or `{ perClass: 5 }`',
      defaultText: 'all labels',
    },
  ),
};

/** Choosing one setting of a probe on held-out training images. */
export const sweepFields = {
  sweep: field(z.array(real(1e-8, 1000)).min(2).max(32), {
    doc: 'Values to try for `learningRate` (`solver: sgd`) or `l2` (`solver: lbfgs`), layer by layer: each is trained on nine tenths of the training images and scored on the rest; the best is trained on all of them. The test split has no say; the record keeps every value that was tried.',
    defaultText: 'nothing is tried',
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

/** Of the SVMs that say which classes a picture holds. */
export const multilabelFields = {
  costs: field(z.array(real(1e-8, 1e8)).min(1).max(64), {
    doc: 'Costs to choose from for each class, by cross-validated average precision on the training split.',
    paper: 'Goyal 2019, arXiv 1905.01235, section 6',
    default: [0.01, 0.1, 1, 10],
  }),
  folds: field(whole(2, 20), { doc: 'Parts of the cross-validation.', default: 3 }),
  positiveWeight: field(real(0.001, 1000), {
    doc: 'Factor on the cost of pictures that hold the class, which are the fewer.',
    default: 2,
  }),
};

const classPart = z.union([real(0, 1), z.array(z.string().min(1).max(400)).min(1).max(100_000)]);

export const fewShotFields = {
  ways: field(whole(2, 200), { doc: 'Number of classes in an episode.', unit: 'classes', default: 5 }),
  shots: field(whole(1, 1000), {
    doc: 'Images of each class that an episode learns from.',
    unit: 'images',
    default: 1,
  }),
  queries: field(whole(1, 1000), {
    doc: 'Images of each class that an episode recognises.',
    unit: 'images',
    default: 15,
  }),
  episodes: field(whole(2, 100_000), {
    doc: 'How many episodes are drawn with the seed, the same for all pretrainings.',
    unit: 'episodes',
    default: 600,
  }),
  classifier: field(z.enum(episodeClassifierNames), {
    doc: 'What learns in an episode: nearest class mean (Euclidean), nearest mean by cosine, logistic regression, or a linear layer trained by SGD.',
    paper: 'Snell 2017, arXiv 1703.05175; Chen 2019, arXiv 1904.04232',
    default: 'nearest-mean',
  }),
  transform: field(z.enum(featureTransforms), {
    doc: 'What is done to features first: nothing, scaling to length 1, or taking away the mean of the base classes and scaling to length 1.',
    paper: 'Wang 2019, arXiv 1911.04623',
    default: 'none',
  }),
  base: field(classPart, {
    doc: 'Base classes, on which the base task is measured and which a pretraining may have seen: a share of all classes, or their names.',
    allowed: 'a share from 0 to 1, or a list of class names',
    default: 0.64,
  }),
  validation: field(classPart, {
    doc: 'Validation classes: their episodes are scored as well, for choosing settings.',
    allowed: 'a share from 0 to 1, or a list of class names',
    default: 0.16,
  }),
  novel: field(classPart, {
    doc: 'Novel classes, of which the episodes are drawn that make the headline figure.',
    allowed: 'a share from 0 to 1, or a list of class names',
    default: 0.2,
  }),
  classSeed: field(whole(0, 4_294_967_295), {
    doc: 'Decides which classes shares pick; the same for every seed of the experiment, as pretrainings rely on it.',
    default: 0,
  }),
  baseTask: field(z.enum(['linear-probe', 'none']), {
    doc: 'Whether a linear classifier of the base classes is measured, too: trained on four fifths of their training images, scored on the rest.',
    default: 'linear-probe',
  }),
  l2: field(real(1e-12, 1000), {
    doc: 'Weight of half the squared norm of the classifier, added to the mean cross-entropy; `logistic` only.',
    defaultText: "1 / (ways · shots), which is scikit-learn's C = 1",
  }),
  learningRate: field(real(1e-8, 1000), { doc: 'Learning rate; `fine-tuned-head` only.', default: 0.01 }),
  momentum: field(real(0, 0.9999), { doc: 'Momentum; `fine-tuned-head` only.', default: 0.9 }),
  dampening: field(real(0, 1), {
    doc: 'What is taken off each gradient before momentum adds it up; `fine-tuned-head` only.',
    default: 0.9,
  }),
  weightDecay: field(real(0, 1), { doc: 'Weight decay; `fine-tuned-head` only.', default: 0.001 }),
  batch: field(whole(1, 100_000), { doc: 'Supports in one step; `fine-tuned-head` only.', unit: 'images', default: 4 }),
  epochs: field(whole(1, 100_000), {
    doc: 'Passes over the supports of an episode; `fine-tuned-head` only.',
    unit: 'epochs',
    default: 100,
  }),
};
