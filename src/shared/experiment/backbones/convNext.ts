/**
 * What a ConvNeXt is made of. Liu et al. 2022, arXiv 2201.03545, under timm's names. A stage but the first begins with its
 * downsampling; a block is a depthwise 7×7 convolution, a layer norm and two linear layers, scaled channel by channel.
 */
import type { Architecture, Cost, LayerInfo, WeightInfo } from './architecture';
import { convNexts, type BackboneConfig, type ConvNextVariant } from './config';
import { meaningless } from './usual';

export interface ConvNextStage {
  /** `stages.0` */
  readonly name: string;
  /** `stages.0.blocks.0` … */
  readonly blocks: readonly string[];
  readonly inChannels: number;
  readonly channels: number;
  readonly downsamples: boolean;
}

export interface ConvNextPlan {
  readonly width: number;
  readonly stages: readonly ConvNextStage[];
  readonly featureSize: number;
}

export const stemStride = 4;

export function planConvNext(config: BackboneConfig): ConvNextPlan {
  const { width } = config;
  const stages = variantOf(config).blocks.map((count, index) => ({
    name: `stages.${index}`,
    blocks: Array.from({ length: count }, (_, block) => `stages.${index}.blocks.${block}`),
    inChannels: index === 0 ? width : width * 2 ** (index - 1),
    channels: width * 2 ** index,
    downsamples: index > 0,
  }));
  return { width, stages, featureSize: stages.at(-1)!.channels };
}

function variantOf({ name }: Pick<BackboneConfig, 'name'>): ConvNextVariant {
  return convNexts[name as keyof typeof convNexts];
}

function describeLayers(config: BackboneConfig): LayerInfo[] {
  const plan = planConvNext(config);
  const layers: LayerInfo[] = [{ name: 'stem', channels: plan.width, stride: stemStride }];
  plan.stages.forEach(({ name, blocks, channels }, index) => {
    const stride = stemStride * 2 ** index;
    for (const block of [...blocks, name]) layers.push({ name: block, channels, stride });
  });
  return [...layers, { name: 'head.norm', channels: plan.featureSize, stride: 0 }];
}

/** The stem, every block (the last one of a stage under the stage's name), and the normalised average. */
function listMainLayers(config: BackboneConfig): string[] {
  const stages = planConvNext(config).stages.flatMap(({ name, blocks }) => [...blocks.slice(0, -1), name]);
  return ['stem', ...stages, 'head.norm'];
}

/** Convolutions and linear layers passed: one in the stem and in each downsampling, three in a block. */
function measureDepths(config: BackboneConfig): ReadonlyMap<string, number> {
  const { stages } = planConvNext(config);
  const all = stages.reduce((sum, { blocks }) => sum + 1 + 3 * blocks.length, 0);
  let passed = 1;
  const depths = new Map([['stem', passed / all]]);
  for (const { name, blocks, downsamples } of stages) {
    if (downsamples) passed += 1;
    for (const block of blocks) depths.set(block, (passed += 3) / all);
    depths.set(name, passed / all);
  }
  return depths.set('head.norm', 1);
}

function listWeights(config: BackboneConfig): WeightInfo[] {
  const { width, stages, featureSize } = planConvNext(config);
  const weight = (name: string, ...shape: number[]): WeightInfo => ({ name, shape, role: 'parameter' });
  const layer = (name: string, ...shape: [number, ...number[]]) => [
    weight(`${name}.weight`, ...shape),
    weight(`${name}.bias`, shape[0]),
  ];
  return [
    ...layer('stem.0', width, 3, stemStride, stemStride),
    ...layer('stem.1', width),
    ...stages.flatMap(({ name, blocks, inChannels, channels, downsamples }) => [
      ...(downsamples
        ? [...layer(`${name}.downsample.0`, inChannels), ...layer(`${name}.downsample.1`, channels, inChannels, 2, 2)]
        : []),
      ...blocks.flatMap((block) => [
        weight(`${block}.gamma`, channels),
        ...layer(`${block}.conv_dw`, channels, 1, 7, 7),
        ...layer(`${block}.norm`, channels),
        ...layer(`${block}.mlp.fc1`, 4 * channels, channels),
        ...layer(`${block}.mlp.fc2`, channels, 4 * channels),
      ]),
    ]),
    ...layer('head.norm', featureSize),
  ];
}

/** Kept are the images and, for each place and block, the inputs of its layers: four maps and two of the hidden size. */
function estimateCost(config: BackboneConfig, imageSize: number): Cost {
  const { width, stages } = planConvNext(config);
  let side = Math.floor(imageSize / stemStride);
  let multiplyAdds = side ** 2 * 3 * stemStride ** 2 * width;
  let entry = 3 * imageSize ** 2 + 2 * side ** 2 * width;
  const kept: { inner: number; output: number }[] = [];
  for (const { blocks, inChannels, channels, downsamples } of stages) {
    if (downsamples) {
      entry += 2 * side ** 2 * inChannels;
      side = Math.floor(side / 2);
      multiplyAdds += side ** 2 * 4 * inChannels * channels;
    }
    multiplyAdds += blocks.length * side ** 2 * (49 * channels + 8 * channels ** 2);
    const output = side ** 2 * channels;
    kept.push(...blocks.map(() => ({ inner: 13 * output, output })));
  }
  return { multiplyAdds, entry, blocks: kept };
}

export const convNext: Architecture = {
  title: 'a ConvNeXt',
  settings: ['width'],
  usual: (name) => ({ ...meaningless, width: variantOf({ name }).width }),
  problem: () => undefined,
  layers: describeLayers,
  mainLayers: listMainLayers,
  depths: measureDepths,
  weights: listWeights,
  cost: estimateCost,
};
