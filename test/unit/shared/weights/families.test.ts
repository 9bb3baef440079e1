/** Whose names are whose: checkpoints with the names that each project publishes, made from torchvision's the other way round. */
import { describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../../src/shared/experiment/layers';
import { UserError } from '../../../../src/shared/errors';
import { weightsMarkdown } from '../../../../src/shared/editing/weightsMarkdown';
import { describeWeights } from '../../../../src/shared/weights/describeWeights';
import { families } from '../../../../src/shared/weights/families/families';
import { familyNames } from '../../../../src/shared/weights/families/familyNames';
import { backboneShapes, fitBackbone, fitProblems } from '../../../../src/shared/weights/fitBackbone';
import { proposePrefixes, recognise, recogniseOrRefuse } from '../../../../src/shared/weights/recognise';
import { place, weightsOf } from './memoryWeights';

const resnet50: BackboneConfig = { name: 'resnet50', width: 64, stem: 'imagenet', dilate: [false, false, false] };
const expected = backboneShapes(resnet50);
type Shapes = [string, readonly number[]][];

const behind = (prefix: string, rename: (name: string) => string = (name) => name): Shapes =>
  [...expected].map(([name, shape]) => [prefix + rename(name), shape]);
const extra = (...names: string[]): Shapes => names.map((name) => [name, [2, 2]]);

/** As nn.Sequential(*list(resnet.children())[:-1]) numbers them. */
const numbered = (name: string) =>
  name
    .replace(/^conv1\./, '0.')
    .replace(/^bn1\./, '1.')
    .replace(/^layer(\d)\./, (_, stage: string) => `${Number(stage) + 3}.`);
/** The replacements of detectron2's tools/convert-torchvision-to-d2.py, in its order. */
function toDetectron2(name: string): string {
  let key = name.includes('layer') ? name : `stem.${name}`;
  for (const t of [1, 2, 3, 4]) key = key.replace(`layer${t}`, `res${t + 1}`);
  for (const t of [1, 2, 3]) key = key.replace(`bn${t}`, `conv${t}.norm`);
  return key.replace('downsample.0', 'shortcut').replace('downsample.1', 'shortcut.norm');
}
/** transformers' ResNetModel. */
function toHuggingFace(name: string): string {
  const stem = /^(conv1|bn1)\.(.*)$/.exec(name);
  if (stem) return `embedder.embedder.${stem[1] === 'conv1' ? 'convolution' : 'normalization'}.${stem[2]}`;
  const [, stage, block, unit, last] = /^layer(\d)\.(\d+)\.(conv\d|bn\d|downsample\.\d)\.(.*)$/.exec(name)!;
  const start = `encoder.stages.${Number(stage) - 1}.layers.${block}`;
  if (unit!.startsWith('downsample'))
    return `${start}.shortcut.${unit!.endsWith('0') ? 'convolution' : 'normalization'}.${last}`;
  return `${start}.layer.${Number(unit!.at(-1)) - 1}.${unit!.startsWith('conv') ? 'convolution' : 'normalization'}.${last}`;
}

interface Case {
  readonly family: string;
  readonly prefix: string;
  readonly file: Shapes;
  readonly metadata?: Record<string, string>;
  readonly encoder?: string;
}
const q = 'state_dict.module.encoder_q.';
const k = 'state_dict.module.encoder_k.';
const vissl = 'classy_state_dict.base_model.model.trunk._feature_blocks.';
const cases: Record<string, Case> = {
  'torchvision itself': { family: 'torchvision', prefix: '', file: [...behind(''), ...extra('fc.weight', 'fc.bias')] },
  'data-parallel training': { family: 'torchvision', prefix: 'state_dict.module.', file: behind('state_dict.module.') },
  'MoCo v1 and v2': {
    family: 'moco',
    prefix: q,
    encoder: 'query',
    file: [...behind(q), ...behind(k), ...extra(`${q}fc.0.weight`, 'state_dict.module.queue')],
  },
  'MoCo v3': {
    family: 'moco',
    prefix: 'state_dict.module.base_encoder.',
    encoder: 'query',
    file: [...behind('state_dict.module.base_encoder.'), ...behind('state_dict.module.momentum_encoder.')],
  },
  'an exemplar model of the paper': {
    family: 'good-transfer',
    prefix: q,
    encoder: 'query',
    file: [...behind(q), ...behind(k), ...extra('state_dict.module.queue', 'state_dict.module.queue_label')],
  },
  'SimCLR with a projection': {
    family: 'simclr',
    prefix: 'state_dict.backbone.',
    file: [...behind('state_dict.backbone.'), ...extra('state_dict.projection_head.0.weight')],
  },
  BYOL: {
    family: 'byol',
    prefix: 'online_network.encoder.',
    encoder: 'query',
    file: [...behind('online_network.encoder.'), ...behind('target_network.encoder.'), ...extra('predictor.0.weight')],
  },
  SwAV: {
    family: 'swav',
    prefix: 'module.',
    file: [...behind('module.'), ...extra('module.projection_head.0.weight', 'module.prototypes.weight')],
  },
  DINO: {
    family: 'dino',
    prefix: 'teacher.backbone.',
    encoder: 'key',
    file: [
      ...behind('student.module.backbone.'),
      ...behind('teacher.backbone.'),
      ...extra('teacher.head.mlp.0.weight'),
    ],
  },
  VISSL: {
    family: 'vissl',
    prefix: vissl,
    file: [...behind(vissl), ...extra('classy_state_dict.base_model.model.heads.0.clf.0.weight')],
  },
  'solo-learn': {
    family: 'solo-learn',
    prefix: 'state_dict.backbone.',
    encoder: 'query',
    file: [
      ...behind('state_dict.backbone.'),
      ...behind('state_dict.momentum_backbone.'),
      ...extra('state_dict.classifier.weight'),
    ],
  },
  'Lightly, layers by number': {
    family: 'lightly',
    prefix: 'state_dict.backbone.',
    encoder: 'query',
    file: [...behind('state_dict.backbone.', numbered), ...behind('state_dict.backbone_momentum.', numbered)],
    metadata: { 'pytorch-lightning_version': '2.1.0' },
  },
  MMPretrain: {
    family: 'openmmlab',
    prefix: 'state_dict.backbone.',
    encoder: 'query',
    file: [...behind('state_dict.backbone.'), ...extra('state_dict.head.fc.weight')],
    metadata: { 'meta.mmengine_version': '0.8.3' },
  },
  'OpenSelfSup MoCo': {
    family: 'openmmlab',
    prefix: 'state_dict.encoder_q.0.',
    encoder: 'query',
    file: [...behind('state_dict.encoder_q.0.'), ...behind('state_dict.encoder_k.0.'), ...extra('state_dict.queue')],
  },
  detectron2: {
    family: 'detectron2',
    prefix: 'model.backbone.bottom_up.',
    file: [...behind('model.backbone.bottom_up.', toDetectron2), ...extra('model.backbone.fpn_lateral2.weight')],
  },
  'a converted R-50.pkl': {
    family: 'detectron2',
    prefix: 'model.',
    file: [...behind('model.', toDetectron2), ...extra('model.fc.weight')],
  },
  'Hugging Face': {
    family: 'hugging-face',
    prefix: 'resnet.',
    file: [...behind('resnet.', toHuggingFace), ...extra('classifier.1.weight')],
  },
};

describe('a checkpoint of', () => {
  it.each(Object.keys(cases))('%s', (title) => {
    const { family, prefix, file, metadata = {}, encoder } = cases[title]!;
    const recognition = recognise(weightsOf(file, { metadata }))!;
    expect([recognition.family.id, recognition.prefix, recognition.encoder]).toEqual([family, prefix, encoder]);
    const fit = fitBackbone(recognition, expected);
    expect(fitProblems(fit)).toEqual([]);
    expect([...fit.matched].sort()).toEqual([...expected.keys()].sort());
    expect(fit.leftOut).toHaveLength(file.length - expected.size);
    expect(fit.strange).toEqual([]);
  });

  it('two encoders gives the one that is asked for', () => {
    const both = weightsOf([...behind(q), ...behind(k)]);
    expect(recognise(both, { encoder: 'key' })!.prefix).toBe(k);
    expect(recognise(both, { encoder: 'query' })!.prefix).toBe(q);
    const dino = weightsOf(cases.DINO!.file);
    expect(recognise(dino, { encoder: 'query' })!.prefix).toBe('student.module.backbone.');
    expect(() => recogniseOrRefuse(weightsOf(behind('')), { encoder: 'key' })).toThrow(
      /no backbone behind the key encoder/,
    );
  });
});

describe('names nobody knows', () => {
  const odd = weightsOf([...behind('my.own.net.'), ...extra('my.own.head.weight')]);

  it('are not guessed, but the likeliest prefix is proposed', () => {
    expect(recognise(odd)).toBeUndefined();
    expect(proposePrefixes(odd)[0]).toMatchObject({ prefix: 'my.own.net.', count: 265 });
    expect(() => recogniseOrRefuse(odd)).toThrow(/the likeliest are prefix "my\.own\.net\." \(265 weights\)/);
    expect(() => recogniseOrRefuse(odd)).toThrow(UserError);
    expect(describeWeights(odd).proposals[0]).toEqual({ prefix: 'my.own.net.', weights: 265 });
  });

  it('are found where the user says, inside containers too, under any naming', () => {
    const recognition = recognise(odd, { prefix: 'my.own.net.' })!;
    expect(fitProblems(fitBackbone(recognition, expected))).toEqual([]);
    const nested = weightsOf(behind('state_dict.my.', toDetectron2));
    expect(recognise(nested, { prefix: 'my.' })).toMatchObject({
      prefix: 'state_dict.my.',
      family: { id: 'detectron2' },
    });
    expect(recognise(nested, { prefix: 'my.', family: 'keras' })).toBeUndefined();
  });

  it('that are of no backbone say so', () => {
    expect(() => recogniseOrRefuse(weightsOf(extra('embedding', 'lstm.weight')))).toThrow(
      /nothing in it looks like a backbone/,
    );
    // A convolution with its norm has the names of a stem, and is no backbone for that.
    const blocks = ['0', '1.conv.0'].flatMap((at) =>
      ['0.weight', '1.weight', '1.bias', '1.running_mean', '1.running_var'].map((name) => `features.${at}.${name}`),
    );
    expect(proposePrefixes(weightsOf(extra(...blocks)))).toEqual([]);
  });
});

describe('a backbone that does not fit', () => {
  it('names what is missing, of another shape, and without a place', () => {
    const shapes = behind('').filter(([name]) => !name.startsWith('layer4.2.'));
    shapes.push(['layer3.6.conv1.weight', [256, 1024, 1, 1]], ['layer1.0.se.fc1.weight', [4, 4]]);
    const changed = shapes.map(([name, shape]) => [name, name === 'conv1.weight' ? [64, 1, 7, 7] : shape] as const);
    const fit = fitBackbone(recognise(weightsOf(changed))!, expected);
    expect(fitProblems(fit)).toContain('conv1.weight is [64, 1, 7, 7] in the file and [64, 3, 7, 7] in the backbone');
    expect(fitProblems(fit)).toContain('layer4.2.conv3.weight [2048, 512, 1, 1] is missing');
    expect(fitProblems(fit)).toContain('layer3.6.conv1.weight [256, 1024, 1, 1] has no place in it');
    expect(fit.strange).toEqual(['layer1.0.se.fc1.weight']);
    const { found } = describeWeights(weightsOf(changed), { backbone: resnet50 });
    expect(found!.fit).toMatchObject({ needed: 265, matched: 265 - 16 });
    expect(weightsMarkdown(describeWeights(weightsOf(changed), { backbone: resnet50 }))).toMatch(
      /249 of 265 .* does not fit/,
    );
  });
});

describe('architectures', () => {
  it.each(['resnet18', 'resnet34', 'resnet50', 'resnet101'] as const)(
    '%s is recognised with width and stem',
    (name) => {
      for (const [width, stem] of [
        [64, 'imagenet'],
        [16, 'cifar'],
      ] as const) {
        const config: BackboneConfig = { name, width, stem, dilate: [false, false, false] };
        expect(describeWeights(weightsOf(backboneShapes(config))).found!.backbone).toEqual(config);
      }
    },
  );

  it('that are not built here are called what they are', () => {
    const label = (change: (name: string, shape: readonly number[]) => readonly number[]) =>
      describeWeights(weightsOf([...expected].map(([name, shape]) => [name, change(name, shape)] as const))).found!
        .architecture;
    expect(
      label((name, [out, into, ...side]) =>
        /conv2\.w/.test(name)
          ? [2 * out!, (2 * into!) / 32, ...side]
          : /conv1\.w/.test(name) && name.startsWith('layer')
            ? [2 * out!, into!, ...side]
            : [out!, ...(into === undefined ? [] : [into]), ...side],
      ),
    ).toBe('resnext50_32x4d');
    const vit = [
      ['cls_token', [1, 1, 384]],
      ['pos_embed', [1, 197, 384]],
      ['patch_embed.proj.weight', [384, 3, 16, 16]],
      ...Array.from({ length: 12 }, (_, i) => [`blocks.${i}.attn.qkv.weight`, [1152, 384]] as const),
    ] as const;
    expect(describeWeights(weightsOf(vit)).found!.architecture).toBe('ViT-S/16');
  });
});

describe('weights in other layouts', () => {
  it("are turned from Keras's, biases folded into batch norm", async () => {
    const tensors = new Map([
      ['conv1_conv/kernel:0', place([1, 1, 3, 2], [1, 2, 3, 4, 5, 6])],
      ['conv1_conv/bias:0', place([2], [10, 20])],
      ['conv1_bn/gamma:0', place([2], [1, 2])],
      ['conv1_bn/beta:0', place([2], [3, 4])],
      ['conv1_bn/moving_mean:0', place([2], [5, 6])],
      ['conv1_bn/moving_variance:0', place([2], [7, 8])],
      ['conv2_block1_0_conv/kernel:0', place([1, 1, 1, 1], [9])],
      ['conv5_block3_3_bn/gamma:0', place([1], [9])],
    ]);
    const recognition = recognise({ name: 'k.h5', format: 'hdf5', tensors, metadata: {} })!;
    const read = async (name: string) => [...(await recognition.tensors.get(name)!.read())];
    expect(recognition.tensors.get('conv1.weight')!.shape).toEqual([2, 3, 1, 1]);
    expect(await read('conv1.weight')).toEqual([1, 3, 5, 2, 4, 6]);
    expect(await read('bn1.running_mean')).toEqual([-5, -14]);
    const variance = await read('bn1.running_var');
    // (v + 1.001e-5 of Keras) = (v' + 1e-5 of torch)
    expect(variance[0]).toBeCloseTo(7 + 1e-8, 6);
    expect([...recognition.tensors.keys()].sort()).toEqual([
      'bn1.bias',
      'bn1.running_mean',
      'bn1.running_var',
      'bn1.weight',
      'conv1.weight',
      'layer1.0.downsample.0.weight',
      'layer4.2.bn3.weight',
    ]);
    expect(recognition.family.notes![0]).toContain('BGR');
  });

  it("are completed from Caffe2's, whose batch norm has no statistics", async () => {
    const tensors = new Map([
      ['conv1_w', place([2, 3, 1, 1])],
      ['res_conv1_bn_s', place([2], [1, 2])],
      ['res_conv1_bn_b', place([2], [3, 4])],
      ['res2_0_branch2a_w', place([1, 1, 1, 1])],
      ['res2_0_branch1_bn_s', place([1], [5])],
      ['res5_2_branch2c_bn_b', place([1], [6])],
    ]);
    const recognition = recognise({ name: 'R-50.pkl', format: 'pickle', tensors, metadata: {} })!;
    expect(recognition.family.id).toBe('caffe2');
    expect([...(await recognition.tensors.get('bn1.running_mean')!.read())]).toEqual([0, 0]);
    const [variance] = await recognition.tensors.get('layer1.0.downsample.1.running_var')!.read();
    expect(variance! + 1e-5).toBeCloseTo(1, 7);
    expect(recognition.tensors.has('layer4.2.bn3.bias')).toBe(true);
  });
});

describe('the list of families', () => {
  it('is the one that experiment files may name', () => {
    expect(families.map(({ id }) => id).sort()).toEqual([...familyNames].sort());
  });
});
