/**
 * What a vision transformer is made of. Dosovitskiy et al. 2021, arXiv 2010.11929, with the names that DeiT, DINO, MAE and
 * timm share. Each module's output is there as it is, [tokens, width]; the class token and the map of patch tokens in it
 * have names of their own.
 */
import type { Architecture, BackboneProblem, Cost, LayerInfo, WeightInfo } from './architecture';
import { transformers, type BackboneConfig, type TransformerVariant } from './config';
import { meaningless } from './usual';

export interface VitPlan {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Side of a patch in px. */
  readonly patch: number;
  /** Side of the grid that the position embedding has. */
  readonly grid: number;
  readonly globalPool: 'token' | 'avg';
  readonly positions: 'bicubic' | 'dino' | 'antialias';
  /** Units between the two layers of an MLP. */
  readonly hidden: number;
}

export function planVit(config: BackboneConfig): VitPlan {
  const { width, patch = 16, nativeSize = 224, globalPool = 'token', positions = 'bicubic' } = config;
  const { depth, heads } = variantOf(config);
  const grid = Math.floor(nativeSize / patch);
  return { width, depth, heads, patch, grid, globalPool, positions, hidden: 4 * width };
}

function variantOf({ name }: Pick<BackboneConfig, 'name'>): TransformerVariant {
  return transformers[name as keyof typeof transformers];
}

/** `blocks.0` … */
export function blockNames({ depth }: Pick<VitPlan, 'depth'>): string[] {
  return Array.from({ length: depth }, (_, index) => `blocks.${index}`);
}

/** The class token in a module's output. */
export function classTokenOf(module: string): string {
  return `${module}.cls_token`;
}

/** The patch tokens in a module's output, as a map. */
export function patchTokensOf(module: string): string {
  return `${module}.patch_tokens`;
}

function describeLayers(config: BackboneConfig): LayerInfo[] {
  const plan = planVit(config);
  const map = (name: string) => ({ name, channels: plan.width, stride: plan.patch });
  const vector = (name: string) => ({ name, channels: plan.width, stride: 0 });
  const blocks = blockNames(plan).flatMap((name) => [map(name), vector(classTokenOf(name)), map(patchTokensOf(name))]);
  const end =
    plan.globalPool === 'avg'
      ? [vector('norm')]
      : [map('norm'), map(patchTokensOf('norm')), vector(classTokenOf('norm'))];
  return [map('patch_embed'), ...blocks, ...end];
}

/** The embedding, each block by what the pooled output is made of, and the pooled output. */
function listMainLayers(config: BackboneConfig): string[] {
  const plan = planVit(config);
  const isAverage = plan.globalPool === 'avg';
  const blocks = blockNames(plan).map(isAverage ? patchTokensOf : classTokenOf);
  return ['patch_embed', ...blocks, isAverage ? 'norm' : classTokenOf('norm')];
}

/** The embedding and the blocks passed. */
function measureDepths(config: BackboneConfig): ReadonlyMap<string, number> {
  const plan = planVit(config);
  const all = 1 + plan.depth;
  const depthOf = (name: string) => {
    const block = /^blocks\.(\d+)/.exec(name)?.[1];
    if (block !== undefined) return (2 + Number(block)) / all;
    return name === 'patch_embed' ? 1 / all : 1;
  };
  return new Map(describeLayers(config).map(({ name }) => [name, depthOf(name)]));
}

function listWeights(config: BackboneConfig): WeightInfo[] {
  const plan = planVit(config);
  const { width, patch, grid, hidden } = plan;
  const weight = (name: string, ...shape: number[]): WeightInfo => ({ name, shape, role: 'parameter' });
  const norm = (name: string) => [weight(`${name}.weight`, width), weight(`${name}.bias`, width)];
  const linear = (name: string, inputs: number, outputs: number) => [
    weight(`${name}.weight`, outputs, inputs),
    weight(`${name}.bias`, outputs),
  ];
  return [
    weight('cls_token', 1, 1, width),
    weight('pos_embed', 1, 1 + grid ** 2, width),
    weight('patch_embed.proj.weight', width, 3, patch, patch),
    weight('patch_embed.proj.bias', width),
    ...blockNames(plan).flatMap((block) => [
      ...norm(`${block}.norm1`),
      ...linear(`${block}.attn.qkv`, width, 3 * width),
      ...linear(`${block}.attn.proj`, width, width),
      ...norm(`${block}.norm2`),
      ...linear(`${block}.mlp.fc1`, width, hidden),
      ...linear(`${block}.mlp.fc2`, hidden, width),
    ]),
    ...norm('norm'),
  ];
}

/**
 * Kept are the images and, for each token and block, the inputs of both norms, of the four linear layers (one of them of the
 * hidden size) and of the attention and the activation.
 */
function estimateCost(config: BackboneConfig, imageSize: number): Cost {
  const { width, depth, patch, hidden } = planVit(config);
  const patches = Math.floor(imageSize / patch) ** 2;
  const tokens = 1 + patches;
  const block = tokens * (4 * width ** 2 + 2 * width * hidden) + 2 * tokens ** 2 * width;
  return {
    multiplyAdds: patches * 3 * patch ** 2 * width + depth * block,
    entry: 3 * imageSize ** 2,
    blocks: Array.from({ length: depth }, () => ({ inner: tokens * (8 * width + 2 * hidden), output: tokens * width })),
  };
}

function findProblem(config: BackboneConfig): BackboneProblem | undefined {
  const { width, heads, patch, grid } = planVit(config);
  if (width % heads !== 0)
    return {
      setting: 'width',
      message: `${config.name} has ${heads} heads, which a width of ${width} cannot be shared among; use a multiple of ${heads}`,
    };
  if (grid < 1)
    return {
      setting: 'nativeSize',
      message: `a native size of ${config.nativeSize} px holds no patch of ${patch} px; use a multiple of ${patch}`,
    };
  return undefined;
}

export const vit: Architecture = {
  title: 'a vision transformer',
  settings: ['width', 'patch', 'nativeSize', 'globalPool', 'positions'],
  usual: (name) => ({ ...meaningless, width: variantOf({ name }).width }),
  problem: findProblem,
  layers: describeLayers,
  mainLayers: listMainLayers,
  depths: measureDepths,
  weights: listWeights,
  cost: estimateCost,
};
