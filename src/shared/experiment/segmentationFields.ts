/**
 * Settings of semantic segmentation: the network around the backbone, crops, and how whole pictures are segmented. Names and
 * defaults are torchvision's where it has them. Left out: the training itself (fineTuningFields.ts).
 */
import { z } from 'zod';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);
const size = z.tuple([whole(8, 8192), whole(8, 8192)]);
const sizeWords = 'a list of two whole numbers from 8 to 8192: height and width';

export const segmenters = ['deeplabv3', 'fcn'] as const;
const outputStride = z.union([z.literal(4), z.literal(8), z.literal(16), z.literal(32)]);

/** What only semantic segmentation has. */
export const segmentationFields = {
  model: field(z.enum(segmenters), {
    doc: 'The head on the backbone: atrous spatial pyramid pooling, or two plain convolutions.',
    paper: 'Chen 2017, arXiv 1706.05587; Long 2015, arXiv 1411.4038',
    default: 'deeplabv3',
  }),
  outputStride: field(outputStride, {
    doc: 'Input pixels for each step of the last feature map; strides of late stages become dilation until it is reached.',
    unit: 'px',
    default: 8,
  }),
  atrousRates: field(z.tuple([whole(1, 256), whole(1, 256), whole(1, 256)]), {
    doc: 'How far the taps of the three 3 × 3 branches of `deeplabv3` lie apart, in steps of the feature map.',
    allowed: 'a list of three whole numbers from 1 to 256',
    defaultText: '[12, 24, 36] at output stride 8, and so that they span as many pixels at others',
  }),
  headChannels: field(whole(1, 4096), {
    doc: 'Channels of each branch of `deeplabv3`.',
    unit: 'channels',
    default: 256,
  }),
  dropout: field(real(0, 0.95), {
    doc: 'Share of the last but one feature map of the head that is zeroed in training.',
    defaultText: '0.5 for `deeplabv3`, 0.1 for `fcn`, as in torchvision',
  }),
  auxiliaryHead: field(z.boolean(), {
    doc: 'Whether a second head on layer3, or the stage before `cut`, learns as well; it is not used in testing.',
    paper: 'Zhao 2017, arXiv 1612.01105, section 3.3',
    default: true,
  }),
  auxiliaryWeight: field(real(0, 100), { doc: 'Weight of the loss of the second head.', default: 0.5 }),
  shortestSide: field(whole(16, 8192), {
    doc: 'Pictures are scaled so that their shorter side is this before anything else, in testing as well; scores are then brought back to the stored size.',
    unit: 'px',
    defaultText: 'as stored',
  }),
  cropSize: field(size, {
    doc: 'Size of the training crops; smaller pictures are filled up with pixels that do not count.',
    unit: 'px',
    allowed: sizeWords,
    defaultText: "the transfer's `imageSize`, square",
  }),
  scaleRange: field(z.tuple([real(0.05, 20), real(0.05, 20)]), {
    doc: 'Training pictures are scaled by a factor drawn evenly from this range, anew each time.',
    allowed: 'a list of two numbers from 0.05 to 20, the smaller one first',
    default: [0.5, 2],
  }),
  maxClassShare: field(real(0.01, 1), {
    doc: 'A crop of whose judged pixels one class has a larger share is drawn again, up to ten times; 1 takes every crop.',
    default: 0.75,
  }),
  flip: field(z.boolean(), { doc: 'Whether every second training crop, at random, is mirrored.', default: true }),
  photometric: field(z.boolean(), {
    doc: 'Whether brightness, contrast, saturation and hue of training crops vary.',
    paper: 'Liu 2016, arXiv 1512.02325',
    default: false,
  }),
  inference: field(z.enum(['whole', 'slide']), {
    doc: 'Whether a test picture is segmented as a whole, or in overlapping windows whose scores are averaged.',
    default: 'whole',
  }),
  window: field(size, {
    doc: 'Size of the windows of `inference: slide`.',
    unit: 'px',
    allowed: sizeWords,
    defaultText: '`cropSize`',
  }),
  windowStride: field(size, {
    doc: 'How far neighbouring windows of `inference: slide` lie apart.',
    unit: 'px',
    allowed: sizeWords,
    defaultText: 'two thirds of `window`',
  }),
};
