/** What network a set of backbone weights belongs to, read off their names and shapes. */
import { completeBackbone } from '../experiment/backbones/complete';
import {
  convNexts,
  resnets,
  transformers,
  type BackboneConfig,
  type ResNetVariant,
} from '../experiment/backbones/config';
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
  if (tensors.has('stages.0.blocks.0.conv_dw.weight')) return inferConvNext(tensors);
  return inferResNet(tensors);
}

function inferResNet(tensors: Tensors): Architecture | undefined {
  const blocks = [1, 2, 3, 4].map((stage) => countBlocks(tensors, `layer${stage}.`));
  const inner = tensors.get('layer1.0.conv2.weight')?.shape;
  if (blocks[0] === 0 || inner?.length !== 4) return undefined;
  const kind = tensors.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
  const isDeep = tensors.has('conv1.6.weight');
  const stem = tensors.get(isDeep ? 'conv1.6.weight' : 'conv1.weight')?.shape;
  const plain = Object.entries(resnets).find(
    ([, variant]) => variant.kind === kind && !isWide(variant) && String(variant.blocks) === String(blocks),
  )?.[0];
  if (!stem) return { label: `${plain ?? `a ResNet of ${blocks.join('-')} blocks`} with an unknown stem` };
  const width = stem[0]!;
  const groups = Math.max(1, inner[0]! / inner[1]!);
  const name = (Object.keys(resnets) as (keyof typeof resnets)[]).find((known) => {
    const variant: ResNetVariant = resnets[known];
    const { groups: own = 1, baseWidth = 64 } = variant;
    const isSame = variant.kind === kind && String(variant.blocks) === String(blocks) && own === groups;
    return isSame && (kind === 'basic' || inner[0] === Math.floor((width * baseWidth) / 64) * groups);
  });
  if (!name) return { label: describeUnknown(blocks, { plain, kind, width, groups, inner }) };
  const averages = tensors.get('layer2.0.downsample.1.weight')?.shape.length === 4;
  const isLarge = stem[2] === 7;
  const parts = [
    width === 64 ? '' : `, width ${width}`,
    isDeep ? ', deep stem' : isLarge ? '' : `, ${stem[2]}×${stem[2]} stem`,
    averages ? ', averaging shortcuts' : '',
  ];
  return {
    label: name + parts.join(''),
    // The stride of a 3×3 stem is not in the file: `small` has it too.
    backbone: completeBackbone({
      name,
      width,
      stem: isDeep ? 'deep' : isLarge ? 'imagenet' : 'cifar',
      ...(averages && { shortcut: 'average' as const }),
    }),
  };
}

function isWide({ groups, baseWidth }: ResNetVariant): boolean {
  return groups !== undefined || baseWidth !== undefined;
}

function describeUnknown(
  blocks: readonly number[],
  facts: { plain: string | undefined; kind: string; width: number; groups: number; inner: readonly number[] },
): string {
  const { plain, kind, width, groups, inner } = facts;
  if (groups > 1) return `${plain?.replace('resnet', 'resnext') ?? 'a ResNeXt'}_${groups}x${inner[1]}d`;
  if (kind === 'bottleneck' && inner[0] !== width)
    return `wide_${plain ?? 'resnet'}_${Number((inner[0]! / width).toFixed(2))}`;
  return `a ResNet of ${blocks.join('-')} ${kind} blocks`;
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
  if (!size)
    return {
      label: `a vision transformer (${width} wide, ${depth} blocks, patches of ${patch ?? '?'} px)`,
    };
  const name = (Object.keys(transformers) as (keyof typeof transformers)[]).find(
    (known) => transformers[known].width === width && transformers[known].depth === depth,
  );
  const positions = tensors.get('pos_embed')?.shape[1];
  const grid = positions === undefined ? NaN : Math.sqrt(positions - 1);
  const isBuilt = name !== undefined && patch !== undefined && Number.isInteger(grid) && grid > 0;
  return {
    label: `ViT-${size}/${patch ?? '?'}`,
    ...(isBuilt && { backbone: completeBackbone({ name, patch, nativeSize: grid * patch }) }),
  };
}

function inferConvNext(tensors: Tensors): Architecture {
  const width = tensors.get('stages.0.blocks.0.conv_dw.weight')!.shape[0]!;
  const blocks = [0, 1, 2, 3].map((stage) => {
    let count = 0;
    while (count < 1000 && tensors.has(`stages.${stage}.blocks.${count}.conv_dw.weight`)) count++;
    return count;
  });
  const sizes: Readonly<Record<string, string>> = { '96 9': 'T', '96 27': 'S', '128 27': 'B', '192 27': 'L' };
  const size = sizes[`${width} ${blocks[2]}`];
  const known = (Object.keys(convNexts) as (keyof typeof convNexts)[]).filter(
    (own) => String(convNexts[own].blocks) === String(blocks),
  );
  const name = known.find((own) => convNexts[own].width === width) ?? known[0];
  return {
    label: size ? `ConvNeXt-${size}` : `a ConvNeXt (${width} wide, ${blocks.join('-')} blocks)`,
    ...(name && { backbone: completeBackbone({ name, width }) }),
  };
}
