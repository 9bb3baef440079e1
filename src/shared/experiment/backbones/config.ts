/**
 * The networks that a backbone can be, by the names of torchvision and timm, and what can be set about them. A new size of a
 * known kind is a line here; a new kind is a file beside this one, a line in architectures.ts and a network in the worker.
 */

/** Bottlenecks are `baseWidth` wide for every 64 channels of their stage, in `groups` groups (torchvision's words). */
export interface ResNetVariant {
  readonly kind: 'basic' | 'bottleneck';
  /** Residual blocks of layer1 … layer4. */
  readonly blocks: readonly [number, number, number, number];
  readonly groups?: number;
  readonly baseWidth?: number;
}

export interface TransformerVariant {
  /** Numbers per token. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

export interface ConvNextVariant {
  /** Channels of the first stage. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly blocks: readonly [number, number, number, number];
}

const variantsOf =
  <T>() =>
  <const Names extends string>(variants: Readonly<Record<Names, T>>) =>
    variants;

export const resnets = variantsOf<ResNetVariant>()({
  resnet18: { kind: 'basic', blocks: [2, 2, 2, 2] },
  resnet34: { kind: 'basic', blocks: [3, 4, 6, 3] },
  resnet50: { kind: 'bottleneck', blocks: [3, 4, 6, 3] },
  resnet101: { kind: 'bottleneck', blocks: [3, 4, 23, 3] },
  resnet152: { kind: 'bottleneck', blocks: [3, 8, 36, 3] },
  resnext50_32x4d: { kind: 'bottleneck', blocks: [3, 4, 6, 3], groups: 32, baseWidth: 4 },
  resnext101_32x8d: { kind: 'bottleneck', blocks: [3, 4, 23, 3], groups: 32, baseWidth: 8 },
  wide_resnet50_2: { kind: 'bottleneck', blocks: [3, 4, 6, 3], baseWidth: 128 },
  wide_resnet101_2: { kind: 'bottleneck', blocks: [3, 4, 23, 3], baseWidth: 128 },
});

export const transformers = variantsOf<TransformerVariant>()({
  vit_tiny_patch16: { width: 192, depth: 12, heads: 3 },
  vit_small_patch16: { width: 384, depth: 12, heads: 6 },
  vit_base_patch16: { width: 768, depth: 12, heads: 12 },
});

export const convNexts = variantsOf<ConvNextVariant>()({
  convnext_tiny: { width: 96, blocks: [3, 3, 9, 3] },
  convnext_small: { width: 96, blocks: [3, 3, 27, 3] },
  convnext_base: { width: 128, blocks: [3, 3, 27, 3] },
});

export type BackboneName = keyof typeof resnets | keyof typeof transformers | keyof typeof convNexts;

/** Every backbone there is. */
export const backboneNames: readonly BackboneName[] = Object.keys({
  ...resnets,
  ...transformers,
  ...convNexts,
}) as BackboneName[];

/** A backbone, every default filled in. Settings with a question mark are there only where they differ from the usual. */
export interface BackboneConfig {
  readonly name: BackboneName;
  /** Channels of the first stage, or numbers per token. */
  readonly width: number;
  /** Of ResNets. `imagenet`: 7×7/2 and max-pool; `cifar`: 3×3/1, no pool; `small`: 3×3/2, no pool; `deep`: three 3×3, max-pool. */
  readonly stem: 'imagenet' | 'cifar' | 'small' | 'deep';
  /** Of ResNets: as torchvision's replace_stride_with_dilation, for layer2, layer3, layer4 (bottleneck nets only). */
  readonly dilate: readonly [boolean, boolean, boolean];
  /** Which convolution of a bottleneck strides; `3x3` when absent. */
  readonly stride?: '3x3' | '1x1';
  /** How the shortcut of a ResNet shrinks: by its convolution's stride (when absent), or by averaging before it. */
  readonly shortcut?: 'conv' | 'average';
  /** Of transformers: side of the patches in px; 16 when absent. */
  readonly patch?: number;
  /** Of transformers: side of the images, in px, that have one position embedding for each patch; 224 when absent. */
  readonly nativeSize?: number;
  /** Of transformers: the pooled output is the class token (when absent) or the average of the patches, normalised after it. */
  readonly globalPool?: 'token' | 'avg';
  /** Of transformers: how position embeddings are brought to images of another size; see worker/models/vit/positions.ts. */
  readonly positions?: 'bicubic' | 'dino' | 'antialias';
}
