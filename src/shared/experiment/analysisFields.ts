/**
 * Settings of analyses: what is computed from finished pretrainings without training them further. They read the same
 * stored features as transfers on a frozen backbone do or, image by image, the network itself.
 */
import { z } from 'zod';
import { augmentationNames, probeNames } from './augmentation';
import { field, required } from './fields';
import { identifier } from './pretrainingFields';
import { resourcesField } from './resourceFields';
import { frozenFields } from './transferFields';

const whole = (low: number, high: number) => z.int().min(low).max(high);

/** Measures of how alike two sets of features are. */
export const similarityKinds = ['cka', 'rbf-cka', 'svcca', 'pwcca', 'procrustes', 'rsa'] as const;
export type SimilarityKind = (typeof similarityKinds)[number];

/** What every analysis has. */
export const sourceFields = {
  id: field(identifier, { doc: 'Name of this analysis in tables.', defaultText: 'its `kind`' }),
  about: field(z.string().max(2000), { doc: 'A note for readers; changes nothing.', defaultText: 'none' }),
  data: field(z.string(), {
    doc: 'Which entry of `data` the images come from.',
    defaultText: "the first transfer's `data`, else the first entry",
  }),
  split: field(z.string().min(1).max(200), {
    doc: 'Split whose images are looked at.',
    defaultText: "the data's `test` split",
  }),
  resources: resourcesField,
};

export const commonAnalysisFields = {
  ...sourceFields,
  images: field(whole(8, 1_000_000), {
    doc: 'Use only this many images of the split, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    default: 1000,
  }),
  imageSize: field(whole(8, 2048), {
    doc: 'Side of the square images that the network sees in this analysis.',
    unit: 'px',
    defaultText: "the experiment's `imageSize`",
  }),
  ...frozenFields,
};

/** Of analyses that look at single images with the network itself. */
export const networkAnalysisFields = {
  ...sourceFields,
  images: field(z.union([whole(1, 256), z.array(whole(0, 100_000_000)).min(1).max(256)]), {
    doc: 'How many images, drawn with the seed, or which ones: a list of places in the split, counted from 0.',
    unit: 'images',
    default: 8,
  }),
  imageSize: commonAnalysisFields.imageSize,
  layers: field(z.union([z.literal('all'), z.array(z.string()).min(1).max(256)]), {
    doc: 'Layers to look at, by their torchvision names, or `all`.',
    defaultText: 'the last of each stage',
  }),
};

export const ofField = {
  of: field(z.array(z.string()).min(1), {
    doc: 'Which pretrainings to look at, by id; the id of a matrix means all of its pretrainings.',
    defaultText: 'all',
  }),
};

export const similarityFields = {
  between: required(z.array(z.string()).min(1), {
    doc: 'Pretrainings to compare, by id, each with each other; a single one is compared with itself, layer by layer.',
  }),
  batch: field(whole(4, 100_000), {
    doc: 'Images whose similarities are held in memory at once; `cka`, `rbf-cka` and `rsa` average over such batches.',
    unit: 'images',
    paper: 'Nguyen 2021, arXiv 2010.15327, section 2 (minibatch CKA)',
    default: 256,
  }),
  bandwidth: field(z.number().min(0.01).max(100), {
    doc: 'Width of the kernel of `rbf-cka`, as a share of the median distance between images.',
    paper: 'Kornblith 2019, arXiv 1905.00414, section 3',
    default: 0.5,
  }),
  variance: field(z.number().min(0.01).max(1), {
    doc: 'Share of the variance that `svcca` and `pwcca` keep of each layer before they compare.',
    paper: 'Raghu 2017, arXiv 1706.05806',
    default: 0.99,
  }),
};

export const geometryFields = {
  neighbours: field(whole(2, 100), {
    doc: 'Nearest neighbours from which the intrinsic dimension is estimated.',
    unit: 'images',
    paper: 'Levina 2004 (maximum likelihood), with the average of MacKay and Ghahramani 2005',
    default: 20,
  }),
};

/** Of analyses that send many images through the whole network and keep sums, not features. */
export const sourceImagesFields = {
  ...sourceFields,
  images: field(whole(8, 1_000_000), {
    doc: 'Use only this many images of the split, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    default: 500,
  }),
  imageSize: commonAnalysisFields.imageSize,
};

export const manyImagesFields = { ...sourceImagesFields, layers: frozenFields.layers };

export const likenessFields = {
  augment: field(z.enum(augmentationNames).exclude(['none']), {
    doc: 'Policy by which the two views of each image are made.',
    default: 'moco-v2',
  }),
};

export const invarianceFields = {
  augmentations: field(z.array(z.enum(probeNames)).min(1), {
    doc: 'Transformations that are tried one at a time, each on every image.',
    default: [...probeNames],
  }),
};

export const readoutFields = {
  places: field(whole(1, 1024), {
    doc: 'Places of each feature map that are read, drawn with the seed.',
    unit: 'places',
    default: 16,
  }),
  l2: field(z.number().min(1e-9).max(1000), {
    doc: 'Penalty on the weights of the readout, for features scaled to deviation 1.',
    default: 0.001,
  }),
};
