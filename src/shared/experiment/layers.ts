/**
 * What a ResNet is made of, worked out from its settings alone: layers, convolutions, parameters, multiply-adds, memory.
 * The worker builds its network from this plan, and the editor checks and annotates experiment files with it, so the two
 * cannot disagree. Architecture: He et al. 2016, arXiv 1512.03385, table 1, as in torchvision (the "v1.5" bottleneck with
 * its stride on the 3×3). Left out: grouped and wide variants.
 */

export interface BackboneConfig {
  readonly name: 'resnet18' | 'resnet34' | 'resnet50' | 'resnet101';
  /** Channels of the first stage; 64 is torchvision's. */
  readonly width: number;
  /** `imagenet`: 7×7/2 and max-pool; `cifar`: 3×3/1, no pool; `small`: 3×3/2, no pool. */
  readonly stem: 'imagenet' | 'cifar' | 'small';
  /** As torchvision's replace_stride_with_dilation, for layer2, layer3, layer4 (bottleneck nets only). */
  readonly dilate: readonly [boolean, boolean, boolean];
}

/** A place features can be read from, in depth order. */
export interface LayerInfo {
  /** torchvision's module name: conv1, bn1, relu, maxpool, layer1.0 …, layer1 … layer4, avgpool. */
  readonly name: string;
  readonly channels: number;
  /** Input pixels per feature step; avgpool has no grid and says 0. */
  readonly stride: number;
}

/** One convolution and the batch norm after it, under torchvision's names. */
export interface ConvPlan {
  /** `layer1.0.conv1`, `layer2.0.downsample.0`. */
  readonly name: string;
  /** `layer1.0.bn1`, `layer2.0.downsample.1`. */
  readonly batchNorm: string;
  /** Side of the square filter. */
  readonly kernel: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** One residual block: the convolutions of its branch in order, and the one on its shortcut where shapes change. */
export interface BlockPlan {
  /** `layer1.0`. */
  readonly name: string;
  readonly branch: readonly ConvPlan[];
  readonly downsample?: ConvPlan;
  readonly outChannels: number;
}

export interface ResNetPlan {
  readonly kind: 'basic' | 'bottleneck';
  readonly stem: ConvPlan;
  /** 3×3 max-pool with stride 2 and padding 1 after the stem. */
  readonly hasMaxPool: boolean;
  /** Blocks of layer1 … layer4. */
  readonly stages: readonly (readonly BlockPlan[])[];
  /** Channels of layer4 and of the pooled output. */
  readonly featureSize: number;
}

const depths = {
  resnet18: { kind: 'basic', blocks: [2, 2, 2, 2] },
  resnet34: { kind: 'basic', blocks: [3, 4, 6, 3] },
  resnet50: { kind: 'bottleneck', blocks: [3, 4, 6, 3] },
  resnet101: { kind: 'bottleneck', blocks: [3, 4, 23, 3] },
} as const;

const stems = {
  imagenet: { kernel: 7, stride: 2, padding: 3, hasMaxPool: true },
  cifar: { kernel: 3, stride: 1, padding: 1, hasMaxPool: false },
  small: { kernel: 3, stride: 2, padding: 1, hasMaxPool: false },
} as const;

/** Every backbone there is. */
export const backboneNames = Object.keys(depths) as readonly BackboneConfig['name'][];

/** Why a backbone with these settings does not exist, in one sentence, or undefined when it does. */
export function backboneProblem(config: BackboneConfig): string | undefined {
  if (depths[config.name].kind === 'basic' && config.dilate.some(Boolean)) {
    return `${config.name} is made of basic blocks, which cannot be dilated; remove "dilate" or use resnet50 or resnet101`;
  }
  return undefined;
}

/** The whole network, from the images to layer4. */
export function planResNet(config: BackboneConfig): ResNetPlan {
  const { kind, blocks } = depths[config.name];
  const { kernel, stride, padding, hasMaxPool } = stems[config.stem];
  const stem = {
    name: 'conv1',
    batchNorm: 'bn1',
    kernel,
    inChannels: 3,
    outChannels: config.width,
    stride,
    padding,
    dilation: 1,
  };
  let inChannels = config.width;
  let dilation = 1;
  const stages = blocks.map((count, stage) => {
    const dilated = stage > 0 && config.dilate[stage - 1] === true;
    const first = { stride: stage === 0 || dilated ? 1 : 2, dilation };
    if (dilated) dilation *= 2;
    return Array.from({ length: count }, (_, index) => {
      const size = {
        inChannels,
        channels: config.width * 2 ** stage,
        ...(index === 0 ? first : { stride: 1, dilation }),
      };
      const block = planBlock(kind, `layer${stage + 1}.${index}`, size);
      inChannels = block.outChannels;
      return block;
    });
  });
  return { kind, stem, hasMaxPool, stages, featureSize: inChannels };
}

interface BlockSize {
  readonly inChannels: number;
  /** Channels inside the branch; a bottleneck gives out four times as many. */
  readonly channels: number;
  readonly stride: number;
  readonly dilation: number;
}

function planBlock(kind: ResNetPlan['kind'], name: string, size: BlockSize): BlockPlan {
  const { inChannels, channels, stride, dilation } = size;
  const outChannels = kind === 'basic' ? channels : 4 * channels;
  const conv = (
    index: number,
    kernel: 1 | 3,
    [from, to]: [number, number],
    move: { stride: number; dilation: number },
  ) => ({
    name: `${name}.conv${index}`,
    batchNorm: `${name}.bn${index}`,
    kernel,
    inChannels: from,
    outChannels: to,
    padding: kernel === 3 ? move.dilation : 0,
    ...move,
  });
  const plain = { stride: 1, dilation: 1 };
  const branch =
    kind === 'basic'
      ? [
          conv(1, 3, [inChannels, channels], { stride, dilation }),
          conv(2, 3, [channels, channels], { stride: 1, dilation }),
        ]
      : [
          conv(1, 1, [inChannels, channels], plain),
          conv(2, 3, [channels, channels], { stride, dilation }),
          conv(3, 1, [channels, outChannels], plain),
        ];
  if (stride === 1 && inChannels === outChannels) return { name, branch, outChannels };
  const shortcut = { kernel: 1, inChannels, outChannels, stride, padding: 0, dilation: 1 };
  const downsample = { name: `${name}.downsample.0`, batchNorm: `${name}.downsample.1`, ...shortcut };
  return { name, branch, downsample, outChannels };
}

/**
 * The backbone with as many of its late strides replaced by dilation as it takes for at most `outputStride` input pixels
 * to each step of layer4 (Chen 2017, arXiv 1706.05587, section 3.1); never less than the stem's own. Weights stay the same.
 */
export function dilateTo(config: BackboneConfig, outputStride: number): BackboneConfig {
  const { stride, hasMaxPool } = stems[config.stem];
  let reached = hasMaxPool ? 2 * stride : stride;
  const dilate = [1, 2, 3].map(() => {
    const isTooFar = 2 * reached > outputStride;
    if (!isTooFar) reached *= 2;
    return isTooFar;
  });
  return { ...config, dilate: dilate as [boolean, boolean, boolean] };
}

/** Every place features can be read from, in depth order; `layer1` is the output of its last block. */
export function describeLayers(config: BackboneConfig): LayerInfo[] {
  const plan = planResNet(config);
  let stride = plan.stem.stride;
  const channels = config.width;
  const layers = ['conv1', 'bn1', 'relu'].map((name) => ({ name, channels, stride }));
  if (plan.hasMaxPool) layers.push({ name: 'maxpool', channels, stride: (stride *= 2) });
  plan.stages.forEach((blocks, index) => {
    for (const block of blocks) {
      stride *= Math.max(...block.branch.map((conv) => conv.stride));
      layers.push({ name: block.name, channels: block.outChannels, stride });
    }
    layers.push({ name: `layer${index + 1}`, channels: blocks.at(-1)!.outChannels, stride });
  });
  return [...layers, { name: 'avgpool', channels: plan.featureSize, stride: 0 }];
}

/** Names of every place features can be read from, in depth order. */
export function layerNames(config: BackboneConfig): string[] {
  return describeLayers(config).map(({ name }) => name);
}

/**
 * How deep each place is: convolutions passed on the way to it (shortcuts not counted) as a share of all on the way, in
 * (0, 1]. What adds no convolution, such as pooling, is as deep as what it reads.
 */
export function layerDepths(config: BackboneConfig): ReadonlyMap<string, number> {
  const { stages } = planResNet(config);
  const all = stages.flat().reduce((sum, { branch }) => sum + branch.length, 1);
  const depths = new Map(['conv1', 'bn1', 'relu', 'maxpool'].map((name) => [name, 1 / all]));
  let passed = 1;
  stages.forEach((blocks, index) => {
    for (const { name, branch } of blocks) depths.set(name, (passed += branch.length) / all);
    depths.set(`layer${index + 1}`, passed / all);
  });
  return depths.set('avgpool', 1);
}

/**
 * Trainable numbers: Σ k²·Cin·Cout over convolutions, 2·C per batch norm, and (featureSize + 1)·classes for a
 * classifier on top. `classes` 0 means the backbone alone.
 */
export function parameterCount(config: BackboneConfig, classes = 0): number {
  const plan = planResNet(config);
  const backbone = planConvolutions(plan).reduce(
    (sum, { kernel, inChannels, outChannels }) => sum + kernel ** 2 * inChannels * outChannels + 2 * outChannels,
    0,
  );
  return backbone + (plan.featureSize + 1) * classes;
}

/**
 * Multiply-adds of one forward pass of one image: Σ k²·Cin·Cout·H'·W' over convolutions. Batch norm, ReLU and pooling
 * are not counted. imageSize: side in px.
 */
export function multiplyAdds(config: BackboneConfig, imageSize: number): number {
  return convolutionSizes(config, imageSize).reduce(
    (sum, { conv, side }) => sum + conv.kernel ** 2 * conv.inChannels * conv.outChannels * side ** 2,
    0,
  );
}

/**
 * Bytes a training step must keep for its backward pass, estimated: the images, and for each convolution its output
 * (batch norm's input) and the normalised, rectified copy (the next convolution's input), float32. Weights, their
 * gradients, optimiser state and a runtime's scratch space come on top. imageSize: side in px; batch: images.
 */
export function activationBytes(config: BackboneConfig, imageSize: number, batch: number): number {
  const { stem, blocks } = activationSizes(config, imageSize);
  return 4 * batch * (stem + blocks.reduce((sum, { inner }) => sum + inner, 0));
}

/** The same when residual blocks are computed again for the gradient: their outputs, and the inside of one of them. */
export function recomputedActivationBytes(config: BackboneConfig, imageSize: number, batch: number): number {
  const { stem, blocks } = activationSizes(config, imageSize);
  const kept = blocks.reduce((sum, { output }) => sum + output, 0);
  return 4 * batch * (stem + kept + Math.max(...blocks.map(({ inner }) => inner)));
}

/** Values of one image that a gradient needs: of the image and the stem, and of each block inside and at its end. */
function activationSizes(
  config: BackboneConfig,
  imageSize: number,
): { readonly stem: number; readonly blocks: readonly { readonly inner: number; readonly output: number }[] } {
  const blocks = new Map<string, { inner: number; output: number }>();
  let stem = 3 * imageSize ** 2;
  for (const { conv, side } of convolutionSizes(config, imageSize)) {
    const output = conv.outChannels * side ** 2;
    const block = /^layer\d\.\d+/.exec(conv.name)?.[0];
    if (block === undefined) stem += 2 * output;
    // The last convolution of a block has the shape of its output.
    else blocks.set(block, { inner: (blocks.get(block)?.inner ?? 0) + 2 * output, output });
  }
  return { stem, blocks: [...blocks.values()] };
}

/** All convolutions in depth order; a block's shortcut comes after its branch. */
export function planConvolutions(plan: ResNetPlan): ConvPlan[] {
  const inBlocks = plan.stages
    .flat()
    .flatMap((block) => [...block.branch, ...(block.downsample ? [block.downsample] : [])]);
  return [plan.stem, ...inBlocks];
}

/** Each convolution with the side of its square output in px. */
function convolutionSizes(config: BackboneConfig, imageSize: number): { conv: ConvPlan; side: number }[] {
  const plan = planResNet(config);
  const outSide = (side: number, { kernel, stride, padding, dilation }: Omit<ConvPlan, 'name' | 'batchNorm'>) =>
    Math.floor((side + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  let side = outSide(imageSize, plan.stem);
  const sizes = [{ conv: plan.stem, side }];
  if (plan.hasMaxPool) side = Math.floor((side - 1) / 2) + 1;
  for (const block of plan.stages.flat()) {
    const entry = side;
    for (const conv of block.branch) sizes.push({ conv, side: (side = outSide(side, conv)) });
    if (block.downsample) sizes.push({ conv: block.downsample, side: outSide(entry, block.downsample) });
  }
  return sizes;
}
