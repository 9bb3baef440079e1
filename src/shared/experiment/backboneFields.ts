/** Settings of the network: which it is, and how it differs from the usual. */
import { z } from 'zod';
import { backboneNames } from './backbones/config';
import { field, required } from './fields';

export const backboneFields = {
  name: required(z.enum(backboneNames), {
    doc: 'Which network, by the name of torchvision or timm; layers and parameters have their names, too.',
    paper:
      'He 2016, arXiv 1512.03385; Xie 2017, arXiv 1611.05431; Zagoruyko 2016, arXiv 1605.07146; Dosovitskiy 2021, arXiv 2010.11929; Liu 2022, arXiv 2201.03545',
  }),
  width: field(z.int().min(1).max(1024), {
    doc: 'Channels of the first stage, with which every other layer scales, or numbers per token of a transformer.',
    unit: 'channels',
    defaultText: 'as published: 64 for ResNets',
  }),
  stem: field(z.enum(['imagenet', 'cifar', 'small', 'deep']), {
    doc: 'First layers of a ResNet: 7 × 7 stride 2 and max-pool, 3 × 3 stride 1 (32 px images), 3 × 3 stride 2 (small and fast), or three 3 × 3 and max-pool (ResNet-C and -D).',
    default: 'imagenet',
  }),
  dilate: field(z.tuple([z.boolean(), z.boolean(), z.boolean()]), {
    doc: 'For layer2, layer3 and layer4 of a ResNet: replace the stride by dilation, as torchvision does; bottleneck networks only.',
    allowed: 'a list of three, each `true` or `false`',
    default: [false, false, false],
  }),
  stride: field(z.enum(['3x3', '1x1']), {
    doc: "Which convolution of a ResNet's bottlenecks shrinks the map: the 3 × 3 (torchvision), or the first 1 × 1 (Caffe, Keras, detectron2's MSRA models).",
    default: '3x3',
  }),
  shortcut: field(z.enum(['conv', 'average']), {
    doc: 'How the shortcuts of a ResNet shrink: by the stride of their convolution, or by averaging 2 × 2 pixels before it (ResNet-D).',
    paper: 'He 2019, arXiv 1812.01187',
    default: 'conv',
  }),
  patch: field(z.int().min(1).max(64), {
    doc: "Side of a transformer's patches, 8, 14, 16 or 32 in published ones.",
    unit: 'px',
    default: 16,
  }),
  nativeSize: field(z.int().min(8).max(2048), {
    doc: "Side of the images that a transformer's position embeddings are made for, one for each patch; for other images they are interpolated.",
    unit: 'px',
    default: 224,
  }),
  globalPool: field(z.enum(['token', 'avg']), {
    doc: 'What a transformer gives out: its class token, or the average of its patch tokens, normalised afterwards (MAE, timm).',
    paper: 'He 2022, arXiv 2111.06377',
    default: 'token',
  }),
  positions: field(z.enum(['bicubic', 'dino', 'antialias']), {
    doc: "How a transformer's position embeddings are interpolated: to the size (DeiT, MAE), by DINO's slightly larger factor, or smoothed when they shrink (timm).",
    default: 'bicubic',
  }),
};
