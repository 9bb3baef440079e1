/** What network a set of backbone weights belongs to, read off their names and shapes. */
import { backboneNames, type BackboneConfig } from '../experiment/layers';
import type { TensorPlace } from './tensorPlace';

export interface Architecture {
  /** As torchvision or timm call it, or a description where it has no name. */
  readonly label: string;
  /** Settings of a backbone that fits; absent for networks that are not built here. */
  readonly backbone?: BackboneConfig;
}

type Tensors = ReadonlyMap<string, Pick<TensorPlace, 'shape'>>;

/** Undefined when the names are not those of one network. */
export function inferArchitecture(tensors: Tensors): Architecture | undefined {
  if (tensors.has('cls_token') || tensors.has('blocks.0.attn.qkv.weight')) return inferTransformer(tensors);
  if (tensors.has('stages.0.0.dwconv.weight')) return inferConvNext(tensors);
  return inferResNet(tensors);
}

const names: Readonly<Record<string, string>> = {
  'basic 2,2,2,2': 'resnet18',
  'basic 3,4,6,3': 'resnet34',
  'bottleneck 3,4,6,3': 'resnet50',
  'bottleneck 3,4,23,3': 'resnet101',
  'bottleneck 3,8,36,3': 'resnet152',
};

function inferResNet(tensors: Tensors): Architecture | undefined {
  const blocks = [1, 2, 3, 4].map((stage) => countBlocks(tensors, `layer${stage}.`));
  const inner = tensors.get('layer1.0.conv2.weight')?.shape;
  if (blocks[0] === 0 || inner?.length !== 4) return undefined;
  const kind = tensors.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
  const name = names[`${kind} ${blocks.join(',')}`];
  const stem = tensors.get('conv1.weight')?.shape;
  if (!stem) return { label: `${name ?? `a ResNet of ${blocks.join('-')} blocks`} with a deep stem (ResNet-C or -D)` };
  const width = stem[0]!;
  const groups = tensors.get('layer1.0.conv1.weight')!.shape[0]! / inner[1]!;
  if (groups > 1) return { label: `${name?.replace('resnet', 'resnext') ?? 'a ResNeXt'}_${groups}x${inner[1]}d` };
  if (kind === 'bottleneck' && inner[0] !== width)
    return { label: `wide_${name ?? 'resnet'}_${Number((inner[0]! / width).toFixed(2))}` };
  const backboneName = backboneNames.find((known) => known === name);
  if (!backboneName) return { label: name ?? `a ResNet of ${blocks.join('-')} ${kind} blocks` };
  const isLarge = stem[2] === 7;
  return {
    label: `${backboneName}${width === 64 ? '' : `, width ${width}`}${isLarge ? '' : `, ${stem[2]}×${stem[2]} stem`}`,
    // The stride of a 3×3 stem is not in the file: `small` has it too.
    backbone: { name: backboneName, width, stem: isLarge ? 'imagenet' : 'cifar', dilate: [false, false, false] },
  };
}

/** Blocks 0, 1, 2 … without a gap. */
function countBlocks(tensors: Tensors, stage: string): number {
  let count = 0;
  while (count < 1000 && tensors.has(`${stage}${count}.conv1.weight`)) count++;
  return count;
}

function inferTransformer(tensors: Tensors): Architecture {
  const width = tensors.get('blocks.0.attn.qkv.weight')?.shape[1] ?? tensors.get('cls_token')?.shape[2];
  const patch = tensors.get('patch_embed.proj.weight')?.shape[2];
  let depth = 0;
  while (depth < 1000 && tensors.has(`blocks.${depth}.attn.qkv.weight`)) depth++;
  const sizes: Readonly<Record<string, string>> = {
    '192 12': 'Ti',
    '384 12': 'S',
    '768 12': 'B',
    '1024 24': 'L',
    '1280 32': 'H',
  };
  const size = sizes[`${width} ${depth}`];
  return {
    label: size
      ? `ViT-${size}/${patch ?? '?'}`
      : `a vision transformer (${width} wide, ${depth} blocks, patches of ${patch ?? '?'} px)`,
  };
}

function inferConvNext(tensors: Tensors): Architecture {
  const width = tensors.get('stages.0.0.dwconv.weight')!.shape[0];
  let blocks = 0;
  while (blocks < 1000 && tensors.has(`stages.2.${blocks}.dwconv.weight`)) blocks++;
  const sizes: Readonly<Record<string, string>> = { '96 9': 'T', '96 27': 'S', '128 27': 'B', '192 27': 'L' };
  const size = sizes[`${width} ${blocks}`];
  return { label: size ? `ConvNeXt-${size}` : `a ConvNeXt (${width} wide, ${blocks} blocks in its third stage)` };
}
