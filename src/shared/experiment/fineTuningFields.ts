/**
 * Settings of transfers that train the backbone further on their task. The first group is common to all of them; then
 * those of each task. Names and defaults are detectron2's and torchvision's; recipes hold the published values.
 * Left out: transfers that leave the backbone frozen (transferFields.ts).
 */
import { z } from 'zod';
import { augmentationNames } from './augmentation';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);

/** Stages of a backbone in depth order. */
export const backboneStages = ['stem', 'layer1', 'layer2', 'layer3', 'layer4'] as const;
export type BackboneStage = (typeof backboneStages)[number];

/** How the network is trained further. */
export const fineTuningFields = {
  batch: field(whole(1, 4096), { doc: 'Number of images in one step.', unit: 'images', default: 8 }),
  accumulate: field(whole(1, 1024), {
    doc: 'Number of batches whose gradients are averaged for one update: learns from `accumulate` × `batch` images at the memory of `batch`. The learning rate, `steps` and epochs go by that larger batch; batch norm sees one batch at a time.',
    unit: 'batches',
    default: 1,
  }),
  steps: field(whole(1, 100_000_000), { doc: 'Length of the training.', unit: 'steps', default: 1000 }),
  learningRate: field(real(1e-8, 1000), {
    doc: 'Learning rate after the warm-up, for the whole batch as given; grow it in proportion to the batch.',
    paper: 'linear scaling: Goyal 2017, arXiv 1706.02677',
    default: 0.01,
  }),
  momentum: field(real(0, 0.9999), { doc: 'Momentum of the gradient descent.', default: 0.9 }),
  weightDecay: field(real(0, 1), { doc: 'Weight decay, added to the gradient as in PyTorch.', default: 1e-4 }),
  weightDecayExclude: field(z.enum(['none', 'norm-and-bias']), {
    doc: 'Which parameters are spared weight decay: none of them, or batch-norm scales, shifts and all biases.',
    default: 'none',
  }),
  schedule: field(z.enum(['constant', 'step', 'cosine', 'poly']), {
    doc: 'How the learning rate falls: not at all, by `gamma` at `milestones`, as half a cosine wave, or as a power of the remaining time.',
    default: 'step',
  }),
  milestones: field(z.array(whole(0, 100_000_000)).max(64), {
    doc: 'Steps at which a `step` schedule multiplies the learning rate by `gamma`, in ascending order.',
    unit: 'steps',
    defaultText: 'two thirds and eight ninths of `steps`',
  }),
  gamma: field(real(0, 1), { doc: 'Factor on the learning rate at each milestone.', default: 0.1 }),
  power: field(real(0.01, 10), { doc: 'Exponent of a `poly` schedule.', default: 0.9 }),
  warmupSteps: field(whole(0, 1_000_000), {
    doc: 'Number of first steps over which the learning rate rises linearly from a thousandth of its value.',
    unit: 'steps',
    default: 0,
  }),
  clipNorm: field(real(0, 1e6), {
    doc: 'Gradients whose overall norm is larger are scaled down to it; 0 leaves them alone.',
    default: 0,
  }),
  freeze: field(z.enum(['none', ...backboneStages]), {
    doc: 'The stages of the backbone up to and including this one keep their pretrained weights.',
    default: 'none',
  }),
  reinitialise: field(z.enum(['none', ...backboneStages]), {
    doc: 'The stages of the backbone from this one on are drawn anew, as if they had not been pretrained: shows which layers carry the transfer.',
    default: 'none',
  }),
  cut: field(z.enum(['none', ...backboneStages]), {
    doc: 'The backbone ends after this stage, and the head gets its output; detectors need all stages.',
    default: 'none',
  }),
  batchNorm: field(z.enum(['trained', 'frozen']), {
    doc: 'Whether batch norm in the backbone learns and uses the statistics of the batch (all images of it, as synchronised batch norm does), or stays as pretrained.',
    default: 'trained',
  }),
  recompute: field(z.boolean(), {
    doc: 'Whether the inner results of residual blocks are computed again for the gradient instead of kept: half the memory or less for a third more time, with the same result.',
    paper: 'Chen 2016, arXiv 1604.06174',
    default: false,
  }),
  logEvery: field(whole(1, 1_000_000), { doc: 'How often the curves get a point.', unit: 'steps', default: 20 }),
  evaluateEvery: field(whole(0, 100_000_000), {
    doc: 'How often the test split is scored while training, for the curves; 0 scores it at the end alone.',
    unit: 'steps',
    default: 0,
  }),
  checkpointEvery: field(whole(1, 1_000_000), {
    doc: 'How often the training can be resumed from; does not change the result.',
    unit: 'steps',
    default: 200,
  }),
};

export const detectors = [
  'fcos',
  'retinanet',
  'faster-rcnn-c4',
  'faster-rcnn-fpn',
  'mask-rcnn-c4',
  'mask-rcnn-fpn',
] as const;

const detectionMetrics = ['coco', 'voc07-11point', 'voc-area'] as const;

const pixels = whole(16, 8192);

/** What only detection has. */
export const detectionFields = {
  model: field(z.enum(detectors), {
    doc: 'The detector around the backbone. `mask-` ones also segment the objects they find; `fcos` is quick on small machines.',
    paper:
      'Ren 2015, arXiv 1506.01497; Lin 2017, arXiv 1612.03144 and 1708.02002; He 2017, arXiv 1703.06870; Tian 2019, arXiv 1904.01355',
    default: 'fcos',
  }),
  metric: field(z.enum(detectionMetrics), {
    doc: 'How average precision is computed: COCO (101 points, IoU 0.50 to 0.95), or the same thresholds with the precision curve of VOC 2007 or of later VOCs.',
    default: 'coco',
  }),
  shortestSide: field(z.array(pixels).min(1).max(64), {
    doc: 'Training images are scaled so that their shorter side is one of these, drawn anew each time.',
    unit: 'px',
    defaultText: "the experiment's `imageSize`",
  }),
  testShortestSide: field(pixels, {
    doc: 'Test images are scaled so that their shorter side is this.',
    unit: 'px',
    defaultText: 'the largest `shortestSide`',
  }),
  longestSide: field(pixels, { doc: 'No side becomes longer than this.', unit: 'px', default: 1333 }),
  flip: field(z.boolean(), { doc: 'Whether every second training image, at random, is mirrored.', default: true }),
  photometric: field(z.boolean(), {
    doc: 'Whether brightness, contrast, saturation and hue of training images vary.',
    paper: 'Liu 2016, arXiv 1512.02325',
    default: false,
  }),
  crop: field(real(0.1, 1), {
    doc: 'Of each training image a part is kept whose sides are a random share of it, no less than this; 1 keeps all. Objects are cut with it.',
    default: 1,
  }),
  pyramidFrom: field(z.enum(['layer2', 'layer3']), {
    doc: 'The finest stage that feeds the feature pyramid of `fcos` and `retinanet`; `layer3` is four times faster and blind for small objects.',
    default: 'layer2',
  }),
  extraNorm: field(z.boolean(), {
    doc: 'C4 models: a batch norm after the last stage in the box head, for backbones pretrained without one there.',
    paper: 'He 2020, arXiv 1911.05722, appendix A.1',
    default: true,
  }),
  anchorSizes: field(z.array(real(1, 4096)).min(1).max(16), {
    doc: 'Sides of square anchors on one feature map (C4), or one for each level of the pyramid.',
    unit: 'px',
    default: [32, 64, 128, 256, 512],
  }),
  anchorRatios: field(z.array(real(0.01, 100)).min(1).max(16), {
    doc: 'Height over width of the anchors.',
    default: [0.5, 1, 2],
  }),
  rpnBatch: field(whole(2, 100_000), {
    doc: 'Anchors that the region proposal network learns from in each image.',
    default: 256,
  }),
  rpnProposalsTrain: field(z.tuple([whole(1, 100_000), whole(1, 100_000)]), {
    doc: 'Proposals kept before and after non-maximum suppression in training.',
    allowed: 'a list of two whole numbers',
    default: [2000, 1000],
  }),
  rpnProposalsTest: field(z.tuple([whole(1, 100_000), whole(1, 100_000)]), {
    doc: 'Proposals kept before and after non-maximum suppression in testing.',
    allowed: 'a list of two whole numbers',
    default: [1000, 1000],
  }),
  roiBatch: field(whole(1, 100_000), {
    doc: 'Regions that the box head learns from in each image, a quarter of them objects.',
    default: 512,
  }),
  preciseBatchNorm: field(whole(0, 100_000), {
    doc: 'After the training, running statistics of batch norm become plain averages over this many training batches; 0 leaves the running averages.',
    unit: 'batches',
    paper: 'Wu & Johnson 2021, arXiv 2105.07576, section 3',
    default: 0,
  }),
  scoreThreshold: field(real(0, 1), { doc: 'Detections with a lower score are dropped.', default: 0.05 }),
  nmsThreshold: field(real(0, 1), {
    doc: 'Of two detections of one class with a larger intersection over union than this, the lower scored one is dropped.',
    default: 0.5,
  }),
  detections: field(whole(1, 10_000), { doc: 'Detections kept in each image.', default: 100 }),
};

/** What only the classification of whole images has. */
export const classificationFields = {
  augment: field(z.enum(augmentationNames), {
    doc: 'How training images vary.',
    default: 'supervised',
  }),
  headLearningRate: field(real(1e-6, 1e6), {
    doc: 'Factor on the learning rate of the new classifier; pretrained layers move more slowly than it when it is above 1.',
    default: 1,
  }),
  headInitialisation: field(z.enum(['torch', 'normal']), {
    doc: "How the new classifier is drawn: as torch's Linear, or normal with deviation 0.01 and zero biases, as in MoCo's readoff.",
    default: 'torch',
  }),
};
