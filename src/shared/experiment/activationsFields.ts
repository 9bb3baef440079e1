/** Settings of `activations`: what layers answer to images, channel by channel and place by place. */
import { z } from 'zod';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);

export const activationsFields = {
  channels: field(whole(1, 256), {
    doc: 'Channels of each layer whose maps and examples are kept; the best of every order share them.',
    default: 16,
  }),
  scan: field(whole(8, 100_000), {
    doc: 'Images of the split over which channels are put in order and examples are looked for, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    default: 1000,
  }),
  examples: field(whole(1, 36), {
    doc: 'Parts of images that each kept channel answers to most; one image gives one at most.',
    default: 9,
  }),
  dimensions: field(whole(3, 64), {
    doc: 'Numbers kept of each place of a map, by which places of images are compared.',
    default: 32,
  }),
};

export const againstField = {
  against: field(z.string(), {
    doc: 'Another pretraining, by id: channels are put in order by how little they have a like in it, too.',
    defaultText: 'none',
  }),
};
