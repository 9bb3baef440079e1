/**
 * What a ResNet is made of, worked out from its settings alone. He et al. 2016, arXiv 1512.03385, table 1, as in torchvision
 * (the "v1.5" bottleneck with its stride on the 3×3) or with the stride on the first 1×1 as in the paper, Caffe and detectron2.
 * ResNeXt's groups: Xie et al. 2017, arXiv 1611.05431. Wide ResNets: Zagoruyko & Komodakis 2016, arXiv 1605.07146. The deep
 * stem (C) and the averaging shortcut (D): He et al. 2019, arXiv 1812.01187, figure 2, under timm's names.
 */
import type { Architecture, BackboneProblem, Cost, LayerInfo, WeightInfo } from './architecture';
import { meaningless } from './usual';
import { resnets, type BackboneConfig, type ResNetVariant } from './config';

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
  /** Equal parts of the channels that do not see each other. */
  readonly groups: number;
}

/** One residual block: the convolutions of its branch in order, and the one on its shortcut where shapes change. */
export interface BlockPlan {
  /** `layer1.0`. */
  readonly name: string;
  readonly branch: readonly ConvPlan[];
  readonly downsample?: ConvPlan;
  /** Whether 2×2 pixels are averaged before the shortcut's convolution. */
  readonly averages: boolean;
  readonly outChannels: number;
}

export interface ResNetPlan {
  readonly kind: 'basic' | 'bottleneck';
  /** One convolution, or three. */
  readonly stem: readonly ConvPlan[];
  /** 3×3 max-pool with stride 2 and padding 1 after the stem. */
  readonly hasMaxPool: boolean;
  /** Blocks of layer1 … layer4. */
  readonly stages: readonly (readonly BlockPlan[])[];
  /** Channels of layer4 and of the pooled output. */
  readonly featureSize: number;
}

const stems = {
  imagenet: { kernel: 7, stride: 2, padding: 3, hasMaxPool: true },
  cifar: { kernel: 3, stride: 1, padding: 1, hasMaxPool: false },
  small: { kernel: 3, stride: 2, padding: 1, hasMaxPool: false },
  deep: { kernel: 3, stride: 2, padding: 1, hasMaxPool: true },
} as const;

function variantOf({ name }: BackboneConfig): ResNetVariant {
  return resnets[name as keyof typeof resnets];
}

/** The whole network, from the images to layer4. */
export function planResNet(config: BackboneConfig): ResNetPlan {
  const { kind, blocks } = variantOf(config);
  let inChannels = config.width;
  let dilation = 1;
  const stages = blocks.map((count, stage) => {
    const dilated = stage > 0 && config.dilate[stage - 1] === true;
    const first = { stride: stage === 0 || dilated ? 1 : 2, dilation };
    if (dilated) dilation *= 2;
    return Array.from({ length: count }, (_, index) => {
      const move = index === 0 ? first : { stride: 1, dilation };
      const size = { inChannels, channels: config.width * 2 ** stage, ...move };
      const block = planBlock(config, `layer${stage + 1}.${index}`, size);
      inChannels = block.outChannels;
      return block;
    });
  });
  return { kind, stem: planStem(config), hasMaxPool: stems[config.stem].hasMaxPool, stages, featureSize: inChannels };
}

/** The deep stem's convolutions are numbers of a sequence that is called conv1; the last one's batch norm is outside it. */
function planStem({ width, stem }: BackboneConfig): ConvPlan[] {
  const { kernel, stride, padding } = stems[stem];
  const conv = (name: string, batchNorm: string, [from, to]: [number, number], step: number): ConvPlan => ({
    ...{ name, batchNorm, kernel, inChannels: from, outChannels: to, stride: step, padding, dilation: 1, groups: 1 },
  });
  if (stem !== 'deep') return [conv('conv1', 'bn1', [3, width], stride)];
  const half = Math.max(1, Math.floor(width / 2));
  return [
    conv('conv1.0', 'conv1.1', [3, half], stride),
    conv('conv1.3', 'conv1.4', [half, half], 1),
    conv('conv1.6', 'bn1', [half, width], 1),
  ];
}

interface BlockSize {
  readonly inChannels: number;
  /** Channels of the stage; a bottleneck gives out four times as many. */
  readonly channels: number;
  readonly stride: number;
  readonly dilation: number;
}

function planBlock(config: BackboneConfig, name: string, size: BlockSize): BlockPlan {
  const { inChannels, channels, stride } = size;
  const isBasic = variantOf(config).kind === 'basic';
  const outChannels = isBasic ? channels : 4 * channels;
  const branch = isBasic ? planBasic(name, size) : planBottleneck(config, name, size);
  if (stride === 1 && inChannels === outChannels) return { name, branch, averages: false, outChannels };
  const isAverage = config.shortcut === 'average';
  const averages = isAverage && stride > 1;
  const [at, norm] = isAverage ? [1, 2] : [0, 1];
  const names = { name: `${name}.downsample.${at}`, batchNorm: `${name}.downsample.${norm}` };
  const plain = { kernel: 1, padding: 0, dilation: 1, groups: 1 };
  const downsample = { ...names, ...plain, inChannels, outChannels, stride: averages ? 1 : stride };
  return { name, branch, downsample, averages, outChannels };
}

/** Two 3×3 convolutions. */
function planBasic(name: string, { inChannels, channels, stride, dilation }: BlockSize): ConvPlan[] {
  return [
    planConv(name, 1, { kernel: 3, inChannels, outChannels: channels, stride, dilation }),
    planConv(name, 2, { kernel: 3, inChannels: channels, outChannels: channels, dilation }),
  ];
}

/** 1×1, 3×3, 1×1, the 3×3 possibly grouped and wider. */
function planBottleneck(
  config: BackboneConfig,
  name: string,
  { inChannels, channels, stride, dilation }: BlockSize,
): ConvPlan[] {
  const { groups = 1 } = variantOf(config);
  const inner = innerWidth(config, channels);
  const [early, late] = config.stride === '1x1' ? [stride, 1] : [1, stride];
  return [
    planConv(name, 1, { kernel: 1, inChannels, outChannels: inner, stride: early }),
    planConv(name, 2, { kernel: 3, inChannels: inner, outChannels: inner, stride: late, dilation, groups }),
    planConv(name, 3, { kernel: 1, inChannels: inner, outChannels: 4 * channels }),
  ];
}

/** Channels of a bottleneck's 3×3: ⌊channels · baseWidth / 64⌋ · groups, as torchvision rounds it. */
function innerWidth(config: BackboneConfig, channels: number): number {
  const { groups = 1, baseWidth = 64 } = variantOf(config);
  return Math.floor((channels * baseWidth) / 64) * groups;
}

type ConvSize = Pick<ConvPlan, 'kernel' | 'inChannels' | 'outChannels'> &
  Partial<Pick<ConvPlan, 'stride' | 'dilation' | 'groups'>>;

function planConv(block: string, index: number, size: ConvSize): ConvPlan {
  const { dilation = 1 } = size;
  const names = { name: `${block}.conv${index}`, batchNorm: `${block}.bn${index}` };
  return { stride: 1, groups: 1, ...names, ...size, dilation, padding: size.kernel === 3 ? dilation : 0 };
}

/** All convolutions in the order of torchvision's state; a block's shortcut comes after its branch. */
export function planConvolutions(plan: ResNetPlan): ConvPlan[] {
  const inBlocks = plan.stages
    .flat()
    .flatMap((block) => [...block.branch, ...(block.downsample ? [block.downsample] : [])]);
  return [...plan.stem, ...inBlocks];
}

/** `layer1` is the output of its last block. */
function describeLayers(config: BackboneConfig): LayerInfo[] {
  const plan = planResNet(config);
  let { stride } = plan.stem[0]!;
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

/**
 * The end of the stem, every residual block (the last one of a stage under the stage's name), and the pooled output unless
 * averaging makes layer4 equal to it.
 */
function listMainLayers(config: BackboneConfig, isAveraged: boolean): string[] {
  const { hasMaxPool, stages } = planResNet(config);
  const blocks = stages.flatMap((stage, index) => [...stage.slice(0, -1).map(({ name }) => name), `layer${index + 1}`]);
  return [hasMaxPool ? 'maxpool' : 'relu', ...blocks, ...(isAveraged ? [] : ['avgpool'])];
}

/** Convolutions passed on the way to a layer, shortcuts not counted, as a share of all on the way. */
function measureDepths(config: BackboneConfig): ReadonlyMap<string, number> {
  const { stem, stages } = planResNet(config);
  const all = stages.flat().reduce((sum, { branch }) => sum + branch.length, stem.length);
  let passed = stem.length;
  const depths = new Map(['conv1', 'bn1', 'relu', 'maxpool'].map((name) => [name, passed / all]));
  stages.forEach((blocks, index) => {
    for (const { name, branch } of blocks) depths.set(name, (passed += branch.length) / all);
    depths.set(`layer${index + 1}`, passed / all);
  });
  return depths.set('avgpool', 1);
}

function listWeights(config: BackboneConfig): WeightInfo[] {
  return planConvolutions(planResNet(config)).flatMap((conv) => {
    const { name, batchNorm, kernel, inChannels, outChannels, groups } = conv;
    const filter = [outChannels, inChannels / groups, kernel, kernel];
    const parameter = (part: string) => ({ name: part, shape: [outChannels], role: 'parameter' as const });
    const buffer = (part: string, shape = [outChannels]) => ({ name: part, shape, role: 'buffer' as const });
    return [
      { name: `${name}.weight`, shape: filter, role: 'parameter' as const },
      ...['weight', 'bias'].map((part) => parameter(`${batchNorm}.${part}`)),
      ...['running_mean', 'running_var'].map((part) => buffer(`${batchNorm}.${part}`)),
      buffer(`${batchNorm}.num_batches_tracked`, []),
    ];
  });
}

/** Kept are the images and, for each convolution, its output and the normalised, rectified copy. */
function estimateCost(config: BackboneConfig, imageSize: number): Cost {
  const sizes = convolutionSizes(config, imageSize);
  const adds = ({ kernel, inChannels, outChannels, groups }: ConvPlan) =>
    (kernel ** 2 * inChannels * outChannels) / groups;
  const blocks = new Map<string, { inner: number; output: number }>();
  let entry = 3 * imageSize ** 2;
  for (const { conv, side } of sizes) {
    const output = conv.outChannels * side ** 2;
    const block = /^layer\d\.\d+/.exec(conv.name)?.[0];
    if (block === undefined) entry += 2 * output;
    // The last convolution of a block has the shape of its output.
    else blocks.set(block, { inner: (blocks.get(block)?.inner ?? 0) + 2 * output, output });
  }
  const multiplyAdds = sizes.reduce((sum, { conv, side }) => sum + adds(conv) * side ** 2, 0);
  return { multiplyAdds, entry, blocks: [...blocks.values()] };
}

/** Each convolution with the side of its square output in px. */
function convolutionSizes(config: BackboneConfig, imageSize: number): { conv: ConvPlan; side: number }[] {
  const plan = planResNet(config);
  const outSide = (side: number, { kernel, stride, padding, dilation }: ConvPlan) =>
    Math.floor((side + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  let side = imageSize;
  const sizes = plan.stem.map((conv) => ({ conv, side: (side = outSide(side, conv)) }));
  if (plan.hasMaxPool) side = Math.floor((side - 1) / 2) + 1;
  for (const block of plan.stages.flat()) {
    const entry = block.averages ? Math.ceil(side / 2) : side;
    for (const conv of block.branch) sizes.push({ conv, side: (side = outSide(side, conv)) });
    if (block.downsample) sizes.push({ conv: block.downsample, side: outSide(entry, block.downsample) });
  }
  return sizes;
}

function findProblem(config: BackboneConfig): BackboneProblem | undefined {
  const { name, width, dilate, stride, shortcut } = config;
  const { kind, groups = 1 } = variantOf(config);
  const isDilated = dilate.some(Boolean);
  if (kind === 'basic' && isDilated)
    return {
      setting: 'dilate',
      message: `${name} is made of basic blocks, which cannot be dilated; remove "dilate" or use resnet50 or resnet101`,
    };
  if (kind === 'basic' && stride === '1x1')
    return {
      setting: 'stride',
      message: `${name} is made of basic blocks, which have no 1×1 convolution to stride; remove "stride" or use resnet50 or resnet101`,
    };
  if (shortcut === 'average' && isDilated)
    return {
      setting: 'shortcut',
      message: `a shortcut that averages is not defined for dilated stages of ${name}; remove "shortcut" or "dilate"`,
    };
  if (kind === 'bottleneck' && innerWidth(config, width) === 0)
    return {
      setting: 'width',
      message: `${name} with a width of ${width} has less than one channel in each of its ${groups} groups; use a width of at least ${minimumWidth(config)}`,
    };
  return undefined;
}

function minimumWidth(config: BackboneConfig): number {
  return Math.ceil(64 / (variantOf(config).baseWidth ?? 64));
}

export const resnet: Architecture = {
  title: 'a ResNet',
  settings: ['width', 'stem', 'dilate', 'stride', 'shortcut'],
  usual: () => ({ ...meaningless, width: 64 }),
  problem: findProblem,
  layers: describeLayers,
  mainLayers: listMainLayers,
  depths: measureDepths,
  weights: listWeights,
  cost: estimateCost,
};
