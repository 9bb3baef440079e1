/**
 * Settings of feature inversion: which picture has the features of a given image. Zhao 2021, arXiv 2006.06606 (released code,
 * which follows Ulyanov 2018, arXiv 1711.10925, section 4.4) with the defaults; total variation after Mahendran 2015.
 */
import { z } from 'zod';
import { field } from './fields';
import { networkAnalysisFields } from './analysisFields';
import { perceptualTrunks } from './perceptualTrunks';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);

/** What keeps a picture natural while its features are fitted. */
const inversionPriors = ['deep', 'total-variation', 'none'] as const;
export type InversionPrior = (typeof inversionPriors)[number];

const released = 'Zhao 2021, arXiv 2006.06606, released code';

export const inversionFields = {
  ...networkAnalysisFields,
  prior: field(z.enum(inversionPriors), {
    doc: 'What keeps the picture natural: a network that draws it and is fitted to each image (`deep`), smoothness of its pixels, or nothing.',
    paper: 'Ulyanov 2018, arXiv 1711.10925; Mahendran 2015, arXiv 1412.0035, section 3',
    default: 'deep',
  }),
  quick: field(z.boolean(), {
    doc: 'Other defaults, for small machines: fewer iterations, a smaller network, a higher learning rate.',
    default: false,
  }),
  iterations: field(whole(1, 1_000_000), {
    doc: 'Updates for each image and layer.',
    unit: 'steps',
    paper: released,
    defaultText: '3000; 200 with `quick`',
  }),
  learningRate: field(real(1e-6, 10), {
    doc: "Adam's step size.",
    paper: released,
    defaultText: '0.001; 0.01 with `quick`; 0.05 where pixels are fitted themselves',
  }),
  channels: field(z.array(whole(1, 1024)).min(1).max(8), {
    doc: 'Channels of the drawing network at each scale, from the picture down; small images use the first few scales, down to a map of 4 px.',
    paper: released,
    defaultText: '[16, 32, 64, 128, 128, 128]; [16, 32, 32, 32] with `quick`',
  }),
  kernels: field(
    z
      .array(z.union([z.literal(1), z.literal(3), z.literal(5), z.literal(7)]))
      .min(1)
      .max(8),
    {
      doc: 'Side of the filters of the drawing network at each scale.',
      unit: 'px',
      paper: released,
      defaultText: '[7, 7, 5, 5, 3, 3]; 3 everywhere with `quick`',
    },
  ),
  skipChannels: field(whole(1, 256), {
    doc: 'Channels that go from the way down to the way up of the drawing network, at each scale.',
    paper: released,
    default: 4,
  }),
  noiseChannels: field(whole(1, 1024), {
    doc: 'Channels of the fixed noise that the drawing network starts from.',
    paper: released,
    default: 32,
  }),
  noiseScale: field(real(1e-4, 10), {
    doc: 'The noise is uniform from 0 to this.',
    paper: released,
    default: 0.1,
  }),
  variation: field(real(0, 1000), {
    doc: 'Weight of the mean squared difference of neighbouring pixels, beside the squared error of the features relative to their size; of `total-variation` alone.',
    paper: 'Mahendran 2015, arXiv 1412.0035, equation 4 with β = 2',
    default: 0.1,
  }),
  snapshots: field(z.array(whole(1, 1_000_000)).max(32), {
    doc: 'Iterations whose pictures and distances are kept besides the last.',
    unit: 'steps',
    defaultText: 'a thirtieth, a tenth and a third of `iterations`',
  }),
  trunk: field(z.enum(perceptualTrunks), {
    doc: 'Network of the perceptual distance: AlexNet, VGG-16 or SqueezeNet 1.1.',
    paper: 'LPIPS 0.1: Zhang 2018, arXiv 1801.03924',
    default: 'alex',
  }),
  lpips: field(z.union([z.string().min(1).max(4096), z.array(z.string().min(1).max(4096)).min(1).max(2)]), {
    doc: "Weights of the perceptual distance: a state dict of the `lpips` package, or torchvision's trunk and the package's linear layers. Without linear layers all channels count alike.",
    paper: 'Zhang 2018, arXiv 1801.03924, section 3',
    defaultText: 'none: a trunk with random weights, named so in tables',
  }),
  checkpointEvery: field(whole(1, 1_000_000), {
    doc: 'How often an inversion under way is written down, so that an interrupted one goes on from there.',
    unit: 'steps',
    default: 500,
  }),
};
