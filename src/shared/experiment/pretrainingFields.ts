/**
 * Settings of a pretraining, in groups by who needs them: every trained method, methods that embed instances, methods
 * with a momentum encoder and queue, and the memory bank. Defaults without a recipe are those of the published methods
 * (MoCo v2: Chen 2020, arXiv 2003.04297; supervised: the PyTorch ImageNet example), so that small data needs its own values.
 */
import { z } from 'zod';
import { augmentationNames } from './augmentation';
import { field, fieldInfo, required } from './fields';
import { trainedMethods } from './methods';
import { resourcesField } from './resourceFields';
import { familyNames } from '../weights/families/familyNames';

export const identifier = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/)
  .max(64);
fieldInfo.add(identifier, {
  doc: 'A name.',
  allowed: 'a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter',
});
const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);

export const scheduleFields = {
  kind: field(z.enum(['constant', 'step', 'cosine', 'poly']), {
    doc: 'How the learning rate falls: not at all, in steps, as half a cosine wave, or as a power of the remaining time.',
    defaultByMethod: { supervised: 'step', instdisc: 'step', moco: 'cosine', exemplar: 'cosine', supcon: 'cosine' },
  }),
  milestones: field(z.array(real(0, 1e9)).max(64), {
    doc: 'When a `step` schedule multiplies the learning rate by `gamma`, in ascending order.',
    unit: 'epochs, or steps with `per: step`',
    defaultByMethod: {
      supervised: [30, 60],
      instdisc: [120, 160],
      moco: [120, 160],
      exemplar: [120, 160],
      supcon: [120, 160],
    },
  }),
  gamma: field(real(0, 1), {
    doc: 'Factor on the learning rate at each milestone of a `step` schedule.',
    default: 0.1,
  }),
  power: field(real(0.01, 10), {
    doc: 'Exponent of a `poly` schedule: (1 - t)^power with t from 0 to 1.',
    default: 0.9,
  }),
  per: field(z.enum(['step', 'epoch']), {
    doc: 'Whether the learning rate changes with every step or only between epochs; milestones count in the same unit.',
    paper: 'MoCo updates per epoch (He 2020, arXiv 1911.05722, released code)',
    default: 'epoch',
  }),
  warmupSteps: field(whole(0, 1_000_000), {
    doc: 'Number of first steps over which the learning rate rises linearly to its full value.',
    unit: 'steps',
    default: 0,
  }),
};

export const monitorFields = {
  every: field(whole(1, 1_000_000), {
    doc: 'How often the curves of a training get a point.',
    unit: 'steps',
    default: 50,
  }),
  knn: field(z.boolean(), { doc: 'Whether to run a nearest-neighbour test on the way; needs labels.', default: true }),
  images: field(whole(2, 100_000), {
    doc: 'How many training images effective rank and nearest neighbours are measured on.',
    unit: 'images',
    default: 512,
  }),
};

export const bankFields = {
  negatives: field(whole(1, 1_000_000), {
    doc: 'How many entries of the memory bank each image is told apart from in one step.',
    unit: 'entries',
    paper: 'Wu 2018, arXiv 1805.01978, section 3; 65,536 with softmax in the updated release',
    default: 4096,
  }),
  momentum: field(real(0, 0.9999), {
    doc: 'Share of the old entry kept when the memory bank is updated.',
    paper: 'Wu 2018, arXiv 1805.01978, released code',
    default: 0.5,
  }),
  form: field(z.enum(['nce', 'softmax']), {
    doc: 'The loss over the drawn entries: noise-contrastive estimation, or softmax cross-entropy with the positive first.',
    paper: 'Wu 2018, arXiv 1805.01978, section 3.2',
    default: 'nce',
  }),
};

/** What every trained method needs and has a default for. */
export const trainingFields = {
  batch: field(whole(1, 65_536), { doc: 'Number of images in one step.', unit: 'images', default: 256 }),
  accumulate: field(whole(1, 1024), {
    doc: 'Number of batches whose gradients are averaged for one update: learns from `accumulate` × `batch` images at the memory of `batch`. The learning rate, `steps` and epochs go by that larger batch; batch norm sees one batch at a time, as a device of its own would; keys are shuffled over all of them.',
    unit: 'batches',
    default: 1,
  }),
  processes: field(whole(1, 64), {
    doc: 'Number of processes on one machine that share the parts of each update, one for each graphics processor or share of the cores; must divide `accumulate`, and does not change the result.',
    unit: 'processes',
    default: 1,
  }),
  learningRate: field(real(1e-8, 1000), {
    doc: 'Learning rate at the start, for the whole batch as given; grow it in proportion to the batch.',
    paper: 'MoCo: He 2020, arXiv 1911.05722; linear scaling: Goyal 2017, arXiv 1706.02677',
    defaultByMethod: { supervised: 0.1, instdisc: 0.03, moco: 0.03, exemplar: 0.03, supcon: 0.03 },
  }),
  momentum: field(real(0, 0.9999), { doc: 'Momentum of the gradient descent.', default: 0.9 }),
  weightDecay: field(real(0, 1), { doc: 'Weight decay, added to the gradient as in PyTorch.', default: 1e-4 }),
  weightDecayExclude: field(z.enum(['none', 'norm-and-bias']), {
    doc: 'Which parameters are spared weight decay: none of them, or batch-norm scales, shifts and all biases.',
    default: 'none',
    defaultText: '`none`; `norm-and-bias` with `optimizer: lars`',
  }),
  optimizer: field(z.enum(['sgd', 'lars']), {
    doc: 'Stochastic gradient descent with momentum, or the same with a layer-wise learning rate (LARS) for very large batches.',
    paper: 'LARS: You 2017, arXiv 1708.03888',
    default: 'sgd',
  }),
  augment: field(z.enum(augmentationNames), {
    doc: 'The random changes made to every training image; f to frcgb are the rungs of the augmentation ladder.',
    paper: 'Zhao 2021, arXiv 2006.06606, Table 1',
    defaultByMethod: {
      supervised: 'supervised',
      instdisc: 'moco-v1',
      moco: 'moco-v2',
      exemplar: 'moco-v2',
      supcon: 'moco-v2',
    },
  }),
  batchNormGroups: field(whole(1, 1024), {
    doc: 'Splits `batch` into this many equal groups for batch-norm statistics, as several GPUs would, so that they cannot leak which key is the positive.',
    unit: 'groups',
    paper: 'Shuffling BN: He 2020, arXiv 1911.05722, section 3.3',
    defaultByMethod: { supervised: 1, instdisc: 1, moco: 8, exemplar: 8, supcon: 8 },
  }),
  recompute: field(z.boolean(), {
    doc: 'Whether the inner results of residual blocks are computed again for the gradient instead of kept: half the memory or less for a third more time, with the same result.',
    paper: 'Chen 2016, arXiv 1604.06174',
    default: false,
  }),
  checkpointEvery: field(whole(1, 1_000_000), {
    doc: 'How often the training can be resumed from; does not change the result.',
    unit: 'steps',
    default: 200,
  }),
};

/** For methods that compare embeddings of instances. */
export const embeddingFields = {
  head: field(z.enum(['linear', 'mlp']), {
    doc: 'What maps pooled features to the embedding: one linear layer (MoCo v1) or two with a ReLU between (MoCo v2).',
    paper: 'Chen 2020, arXiv 2003.04297',
    defaultByMethod: { supervised: 'linear', instdisc: 'linear', moco: 'mlp', exemplar: 'mlp', supcon: 'mlp' },
  }),
  dimension: field(whole(2, 8192), { doc: 'Length of the embedding.', unit: 'numbers', default: 128 }),
  temperature: field(real(0.001, 10), {
    doc: 'Divides the similarities before the softmax; smaller values weigh the hardest negatives more.',
    paper: '0.07 in MoCo v1 (arXiv 1911.05722), 0.2 in MoCo v2 (arXiv 2003.04297)',
    defaultByMethod: { supervised: 0.2, instdisc: 0.07, moco: 0.2, exemplar: 0.2, supcon: 0.2 },
  }),
};

/** For methods with a momentum encoder and a queue of keys. */
export const momentumFields = {
  queue: field(whole(1, 4_194_304), {
    doc: 'How many keys of earlier batches are kept as negatives; must be a multiple of the batch.',
    unit: 'keys',
    paper: 'He 2020, arXiv 1911.05722, section 3.2',
    default: 65_536,
  }),
  encoderMomentum: field(real(0, 0.999999), {
    doc: 'Share of its old weights that the key encoder keeps in each step; its memory is 1/(1 - value) steps.',
    paper: 'He 2020, arXiv 1911.05722, equation 2',
    default: 0.999,
  }),
};

export const pretrainingFields = {
  id: required(identifier, { doc: 'Name of this pretraining in tables and in `of`.' }),
  about: field(z.string().max(2000), { doc: 'A note for readers; changes nothing.', defaultText: 'none' }),
  method: field(z.enum(['random', 'imported', 'snapshot', ...trainedMethods]), {
    doc: 'How the backbone gets its weights; `snapshot` takes those of another pretraining in the middle of its training.',
    defaultText: '`imported` with `weights`; `snapshot` with `of`; `random` without these and `data`',
  }),
  batchNorm: field(z.enum(['initial', 'calibrated']), {
    doc: 'Batch-norm statistics of `random` weights: as initialised, which normalises nothing, or measured in one pass over the images of `data`, as a training would have them at its start.',
    default: 'initial',
  }),
  weights: field(z.string().min(1).max(4096), {
    doc: 'Checkpoint to import (PyTorch, safetensors, NumPy, Keras HDF5, TensorFlow.js), relative to this file; `{seed}` stands for the seed.',
    unit: 'path',
    defaultText: 'none',
  }),
  family: field(z.enum(familyNames), {
    doc: 'Whose names the weights in the checkpoint have.',
    defaultText: 'found out from the file',
  }),
  prefix: field(z.string().max(1000), {
    doc: "What stands before the backbone's names in the checkpoint, such as `module.encoder_q.`.",
    defaultText: 'found out from the file',
  }),
  encoder: field(z.enum(['query', 'key']), {
    doc: 'Which of two encoders in the checkpoint: the trained one (query, online, student) or its moving average (key, target, teacher).',
    paper: 'He 2020, arXiv 1911.05722, section 3.2',
    defaultText: 'the query; the teacher of DINO',
  }),
  of: field(z.string(), {
    doc: 'Which pretraining of this file, trained here, a `snapshot` is taken of.',
    defaultText: 'none',
  }),
  at: field(real(0, 1e9), {
    doc: 'Which of the `snapshots` of that pretraining.',
    unit: 'steps where its length is given in `steps`, epochs otherwise',
    defaultText: 'none',
  }),
  data: field(z.string(), { doc: 'Which entry of `data` to train on.', defaultText: 'none' }),
  split: field(z.string().min(1), {
    doc: 'Which split of the data to train on.',
    defaultText: "the data's `train` split",
  }),
  imageSize: field(whole(8, 2048), {
    doc: 'Side of the square images that the network sees in this pretraining.',
    unit: 'px',
    defaultText: "the experiment's `imageSize`",
  }),
  recipe: field(z.string(), {
    doc: 'Published settings to start from; what is written here goes first.',
    defaultText: 'none',
  }),
  matrix: field(z.record(z.string(), z.array(z.unknown()).min(1).max(64)), {
    doc: 'Makes one pretraining for each combination of the listed values, called `id[value]`.',
    defaultText: 'none',
  }),
  epochs: field(real(0.01, 100_000), {
    doc: 'Length of the training in passes over the images; give either this or `steps`.',
    unit: 'epochs',
    defaultText: '90 for supervised, 200 otherwise',
  }),
  steps: field(whole(1, 100_000_000), {
    doc: 'Length of the training in steps; give either this or `epochs`.',
    unit: 'steps',
    defaultText: 'none',
  }),
  snapshots: field(z.array(real(0, 1e9)).max(1000), {
    doc: 'When the weights are kept on the way, besides those of the end; `method: snapshot` makes a pretraining of each.',
    unit: 'steps where the length is given in `steps`, epochs otherwise',
    default: [],
  }),
  ...trainingFields,
  schedule: field(z.strictObject(scheduleFields), {
    doc: 'How the learning rate changes over the training.',
    defaultText: 'by method; see its keys',
  }),
  monitor: field(z.strictObject(monitorFields), {
    doc: 'What is measured on the way; does not change the weights, and a finished training keeps the curves it has.',
    defaultText: 'see its keys',
  }),
  ...embeddingFields,
  ...momentumFields,
  bank: field(z.strictObject(bankFields), { doc: 'The memory bank of `instdisc`.', defaultText: 'see its keys' }),
  resources: resourcesField,
};

/** Length of a training when neither the file nor a recipe gives one. */
export const defaultEpochs = { supervised: 90, instdisc: 200, moco: 200, exemplar: 200, supcon: 200 } as const;
