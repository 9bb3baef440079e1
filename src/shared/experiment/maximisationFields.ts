/** Settings of `maximisation`: pictures that channels, single places or classes answer to most. */
import { z } from 'zod';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const olah = 'Olah 2017, "Feature Visualization", distill.pub';

const maximisationObjects = ['channel', 'neuron', 'class'] as const;

export const maximisationFields = {
  maximise: field(z.enum(maximisationObjects), {
    doc: 'What a picture is made for: the mean of a `channel`, one place of it in the middle of the map (`neuron`), or a `class` of the classifier that a supervised pretraining ended with.',
    paper: olah,
    default: 'channel',
  }),
  channels: field(z.union([whole(1, 64), z.array(whole(0, 1_000_000)).min(1).max(64)]), {
    doc: 'How many channels of each layer (or classes), drawn with the seed, or which ones, counted from 0.',
    default: 4,
  }),
  iterations: field(whole(1, 100_000), { doc: 'Updates of each picture.', unit: 'steps', default: 128 }),
  learningRate: field(z.number().min(1e-6).max(10), { doc: "Adam's step size.", paper: olah, default: 0.05 }),
  jitter: field(z.number().min(0).max(1), {
    doc: 'How far a picture is moved at random before each look, as a share of its side.',
    default: 0.06,
  }),
  rotate: field(z.number().min(0).max(180), {
    doc: 'How far a picture is turned at random before each look, either way.',
    unit: 'degrees',
    default: 5,
  }),
  zoom: field(z.number().min(0).max(0.9), {
    doc: 'How much a picture is made larger or smaller at random before each look.',
    default: 0.1,
  }),
  snapshots: field(whole(2, 16), {
    doc: 'Pictures of each that are kept on the way, the start and the result among them.',
    default: 5,
  }),
  checkpointEvery: field(whole(1, 100_000), {
    doc: 'Updates from one resumable state to the next.',
    unit: 'steps',
    default: 16,
  }),
};
