/** Names of transformers and ConvNeXts, there and back, and what a file of each origin is taken for. */
import { describe, expect, it } from 'vitest';
import { completeBackbone } from '../../../../src/shared/experiment/backbones/complete';
import { planConversion } from '../../../../src/shared/weights/convertWeights';
import { describeWeights } from '../../../../src/shared/weights/describeWeights';
import { backboneShapes, fitBackbone, fitProblems } from '../../../../src/shared/weights/fitBackbone';
import { recognise, recogniseOrRefuse } from '../../../../src/shared/weights/recognise';
import { weightsOf } from './memoryWeights';

type Shapes = [string, readonly number[]][];
const vit = completeBackbone({ name: 'vit_small_patch16' });
const convNext = completeBackbone({ name: 'convnext_tiny' });
const shapesOf = (config: typeof vit): Shapes => [...backboneShapes(config)];

/** torchvision's VisionTransformer. */
function torchvisionVit(name: string): string {
  const block = /^blocks\.(\d+)\.(.*)$/.exec(name);
  if (!block)
    return name
      .replace('cls_token', 'class_token')
      .replace('pos_embed', 'encoder.pos_embedding')
      .replace('patch_embed.proj', 'conv_proj')
      .replace(/^norm/, 'encoder.ln');
  const rest = block[2]!
    .replace('norm', 'ln_')
    .replace('attn.qkv.', 'self_attention.in_proj_')
    .replace('attn.proj', 'self_attention.out_proj')
    .replace('mlp.fc1', 'mlp.0')
    .replace('mlp.fc2', 'mlp.3');
  return `encoder.layers.encoder_layer_${block[1]}.${rest}`;
}
/** The authors' ConvNeXt. */
const authors = (name: string) =>
  name
    .replace(/^stem/, 'downsample_layers.0')
    .replace(/^stages\.(\d)\.downsample/, 'downsample_layers.$1')
    .replace(/^stages\.(\d)\.blocks/, 'stages.$1')
    .replace('conv_dw', 'dwconv')
    .replace('mlp.fc', 'pwconv')
    .replace(/^head\.norm/, 'norm');
/** torchvision's ConvNeXt. */
const torchvisionConvNext = ([name, shape]: Shapes[number]): Shapes[number] => [
  name
    .replace(/^stem/, 'features.0')
    .replace(/^stages\.(\d)\.downsample/, (_, stage: string) => `features.${2 * Number(stage)}`)
    .replace(/^stages\.(\d)\.blocks/, (_, stage: string) => `features.${2 * Number(stage) + 1}`)
    .replace('.conv_dw', '.block.0')
    .replace(/^(features.*\d)\.norm/, '$1.block.2')
    .replace('.mlp.fc1', '.block.3')
    .replace('.mlp.fc2', '.block.5')
    .replace('gamma', 'layer_scale')
    .replace(/^head\.norm/, 'classifier.0'),
  name.endsWith('gamma') ? [...shape, 1, 1] : shape,
];

const renamed = (shapes: Shapes, rename: (name: string) => string): Shapes =>
  shapes.map(([name, shape]) => [rename(name), shape]);
const cases: Readonly<Record<string, { file: Shapes; config: typeof vit; family: string; prefix: string }>> = {
  'timm: ViT': { file: shapesOf(vit), config: vit, family: 'torchvision', prefix: '' },
  'DINO: the teacher in a full checkpoint': {
    file: [
      ...renamed(shapesOf(vit), (name) => `student.module.backbone.${name}`),
      ...renamed(shapesOf(vit), (name) => `teacher.backbone.${name}`),
      ['teacher.head.mlp.0.weight', [8, 384]],
    ],
    config: vit,
    family: 'dino',
    prefix: 'teacher.backbone.',
  },
  'MAE: encoder beside a decoder': {
    file: [
      ...renamed(shapesOf(vit), (name) => `model.${name}`),
      ['model.mask_token', [1, 1, 512]],
      ['model.decoder_blocks.0.attn.qkv.weight', [1536, 512]],
      ['model.decoder_pos_embed', [1, 197, 512]],
    ],
    config: vit,
    family: 'torchvision',
    prefix: 'model.',
  },
  'MAE, fine-tuned: fc_norm for norm': {
    file: renamed(shapesOf(vit), (name) => name.replace(/^norm/, 'fc_norm')),
    config: vit,
    family: 'torchvision',
    prefix: '',
  },
  'MoCo v3': {
    file: renamed(shapesOf(vit), (name) => `state_dict.module.base_encoder.${name}`),
    config: vit,
    family: 'moco',
    prefix: 'state_dict.module.base_encoder.',
  },
  'torchvision: ViT': { file: renamed(shapesOf(vit), torchvisionVit), config: vit, family: 'torchvision', prefix: '' },
  'timm: ConvNeXt': { file: shapesOf(convNext), config: convNext, family: 'torchvision', prefix: '' },
  "ConvNeXt's authors": {
    file: [...renamed(shapesOf(convNext), (name) => `model.${authors(name)}`), ['model.head.weight', [10, 768]]],
    config: convNext,
    family: 'torchvision',
    prefix: 'model.',
  },
  'torchvision: ConvNeXt': {
    file: [...shapesOf(convNext).map(torchvisionConvNext), ['classifier.2.weight', [10, 768]]],
    config: convNext,
    family: 'torchvision',
    prefix: '',
  },
};

describe('files are recognised, whole', () => {
  it.each(Object.keys(cases))('%s', (title) => {
    const { file, config, family, prefix } = cases[title]!;
    const weights = weightsOf(file);
    const recognition = recognise(weights)!;
    expect(recognition).toMatchObject({ prefix, family: { id: family } });
    const fit = fitBackbone(recognition, backboneShapes(config));
    expect(fitProblems(fit)).toEqual([]);
    expect(fit.matched.length).toBe(shapesOf(config).length);
    expect(fit.strange).toEqual([]);
    expect([...recognition.sources.keys()].sort()).toEqual([...recognition.tensors.keys()].sort());
    expect(describeWeights(weights).found!.backbone).toEqual(config);
  });

  it('with the patch and native size of other transformers', () => {
    const config = completeBackbone({ name: 'vit_base_patch16', patch: 8, nativeSize: 64 });
    const { found } = describeWeights(weightsOf(shapesOf(config)));
    expect(found).toMatchObject({ architecture: 'ViT-B/8', backbone: config });
  });
});

describe('conversion', () => {
  const convert = (config: typeof vit, names: 'torchvision' | 'timm' | 'detectron2') => {
    const weights = weightsOf(shapesOf(config));
    const plan = planConversion(weights, recogniseOrRefuse(weights), { names, dtype: 'float32', withHead: false });
    return [...plan].map(([name, { spec }]) => [name, [...spec.shape]]);
  };

  it("to torchvision's names and shapes", () => {
    expect(convert(vit, 'torchvision')).toEqual(renamed(shapesOf(vit), torchvisionVit));
    expect(convert(convNext, 'torchvision')).toEqual(shapesOf(convNext).map(torchvisionConvNext));
  });

  it("to timm's leaves the names", () => {
    expect(convert(convNext, 'timm')).toEqual(shapesOf(convNext));
  });

  it("to detectron2's is refused", () => {
    expect(() => convert(vit, 'detectron2')).toThrow(/ResNets only/);
  });
});

describe('ResNets of every kind are told apart', () => {
  it.each([
    { name: 'resnet152' },
    { name: 'resnext50_32x4d' },
    { name: 'resnext101_32x8d' },
    { name: 'wide_resnet50_2' },
    { name: 'wide_resnet101_2', width: 16 },
    { name: 'resnet50', stem: 'deep' },
    { name: 'resnet50', stem: 'deep', shortcut: 'average' },
    { name: 'resnet18', shortcut: 'average' },
  ] as const)('$name $stem $shortcut', (written) => {
    const config = completeBackbone(written);
    expect(describeWeights(weightsOf(shapesOf(config))).found!.backbone).toEqual(config);
  });
});
