/**
 * Settings of transfers that predict landmarks: points on faces or objects. The first group is common to both tasks; then
 * that of the regression on frozen features, and that of fine-tuning (which has fineTuningFields besides). Kinds of data
 * that have landmarks: `celeba`, `pts`, `coco` (keypoints) and `emoji-scenes`.
 */
import { z } from 'zod';
import { field } from './fields';
import { frozenFields } from './transferFields';

const real = (low: number, high: number) => z.number().min(low).max(high);

export const landmarkFields = {
  normalise: field(
    z.union([
      z.enum(['inter-ocular', 'inter-pupil', 'box', 'diagonal']),
      z.tuple([z.string().min(1).max(200), z.string().min(1).max(200)]),
    ]),
    {
      doc: 'What distances are divided by: that of the eyes (outer corners where they have corners) or pupils, that of two landmarks named here, the square root of the area of the box, or its diagonal.',
      paper: 'Sagonas 2013, 300 Faces in-the-Wild; Thewlis 2019, arXiv 1908.06427',
      allowed: '`inter-ocular`, `inter-pupil`, `box`, `diagonal` or a list of two names of landmarks',
      defaultText: '`inter-ocular` for faces (`celeba`, `pts`), else `box`',
    },
  ),
  threshold: field(real(1e-4, 10), {
    doc: 'A picture whose normalised error is larger has failed; the area under the error curve ends there.',
    default: 0.1,
  }),
  occluded: field(z.boolean(), {
    doc: 'Whether landmarks that are marked but hidden behind something are learnt and counted like visible ones.',
    default: false,
  }),
  margin: field(real(0, 2), {
    doc: 'Room on every side of an object in its picture, as a share of the longer side of its box; `celeba` has its own `crop`.',
    default: 0.2,
  }),
};

export const landmarkProbeFields = {
  pool: field(frozenFields.pool.unwrap(), {
    doc: 'How a feature map becomes a vector: its average, which forgets where things are, or average-pooled to the largest grid with at most `maxDimension` numbers.',
    default: { maxDimension: 4096 },
    defaultText: '`{ maxDimension: 4096 }`',
  }),
  hypercolumn: field(z.boolean(), {
    doc: 'Whether a regression on the features of all `layers` together is added, as the last entry, called `hypercolumn`.',
    paper: 'Hariharan 2015, arXiv 1411.5752; Cheng 2021, arXiv 2006.14787',
    default: false,
  }),
  l2: field(real(1e-9, 1e9), {
    doc: 'Weight of the squared norm of the regression, added to the mean squared error in units of the standardised features and of half a picture.',
    default: 3,
  }),
};

export const landmarkTrainingFields = {
  head: field(z.enum(['pooled', 'hypercolumn']), {
    doc: 'What the landmarks are computed from: one linear layer on the averaged output of the last stage, or maps of virtual landmarks on all stages together, of which each is where its map is largest.',
    paper: 'Cheng 2021, arXiv 2006.14787; Thewlis 2019, arXiv 1908.06427',
    default: 'pooled',
  }),
  virtualLandmarks: field(z.int().min(1).max(1000), {
    doc: 'Maps of the `hypercolumn` head; the landmarks are a linear function of their places.',
    default: 50,
  }),
  loss: field(z.enum(['smooth-l1', 'l2', 'l1']), {
    doc: "The mean over coordinates, in half pictures (−1 to 1), of this loss; PyTorch's SmoothL1Loss, MSELoss or L1Loss.",
    default: 'smooth-l1',
  }),
  optimizer: field(z.enum(['sgd', 'adam']), {
    doc: "Gradient descent with momentum, or Adam with PyTorch's defaults.",
    default: 'sgd',
  }),
  flip: field(z.boolean(), {
    doc: 'Whether every second training picture, at random, is mirrored; left and right landmarks change places.',
    default: true,
  }),
  jitter: field(real(0, 0.5), {
    doc: 'Training pictures are cut out moved and scaled at random by at most this share of their side.',
    default: 0.05,
  }),
};
