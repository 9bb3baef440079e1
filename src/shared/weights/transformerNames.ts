/**
 * Names of vision transformers and ConvNeXts: timm's, which DeiT, DINO, MAE and MoCo v3 share for transformers, from and to those
 * of torchvision and of ConvNeXt's authors. A ConvNeXt's scales are [C] here and [C, 1, 1] in torchvision.
 */
import type { Renamed } from './backboneNames';

const part = '(weight|bias)';
const transformer = new RegExp(
  String.raw`^(?:cls_token|pos_embed|patch_embed\.proj\.${part}|blocks\.\d{1,3}\.(?:norm[12]|attn\.qkv|attn\.proj|mlp\.fc[12])\.${part}|norm\.${part})$`,
);
const convNext = new RegExp(
  String.raw`^(?:stem\.[01]\.${part}|stages\.\d\.(?:downsample\.[01]\.${part}|blocks\.\d{1,2}\.(?:gamma|(?:conv_dw|norm|mlp\.fc[12])\.${part}))|head\.norm\.${part})$`,
);

/** Whether a name is one of a transformer's or ConvNeXt's, as timm has it. */
export function isTimmName(name: string): boolean {
  return transformer.test(name) || convNext.test(name);
}

/** What torchvision or a ConvNeXt's authors call differently, as timm has it; undefined for other names. */
export function toTimm(name: string): Renamed | undefined {
  return fromTorchvisionTransformer(name) ?? fromTorchvisionConvNext(name) ?? fromConvNextAuthors(name);
}

const layers: readonly (readonly [torchvision: string, timm: string])[] = [
  ['ln_1.', 'norm1.'],
  ['ln_2.', 'norm2.'],
  ['self_attention.in_proj_', 'attn.qkv.'],
  ['self_attention.out_proj.', 'attn.proj.'],
  ['mlp.0.', 'mlp.fc1.'],
  ['mlp.3.', 'mlp.fc2.'],
  ['mlp.linear_1.', 'mlp.fc1.'],
  ['mlp.linear_2.', 'mlp.fc2.'],
];
const others: readonly (readonly [torchvision: string, timm: string])[] = [
  ['class_token', 'cls_token'],
  ['encoder.pos_embedding', 'pos_embed'],
  ['conv_proj.', 'patch_embed.proj.'],
  ['encoder.ln.', 'norm.'],
];

function fromTorchvisionTransformer(name: string): Renamed | undefined {
  const match = /^encoder\.layers\.encoder_layer_(\d{1,3})\.(.+)$/.exec(name);
  const [start, rest, pairs] = match ? [`blocks.${match[1]}.`, match[2]!, layers] : ['', name, others];
  const pair = pairs.find(([torchvision]) => rest.startsWith(torchvision));
  const renamed = pair && start + pair[1] + rest.slice(pair[0].length);
  return renamed !== undefined && transformer.test(renamed) ? { name: renamed } : undefined;
}

const blockParts: Readonly<Record<string, string>> = { 0: 'conv_dw', 2: 'norm', 3: 'mlp.fc1', 5: 'mlp.fc2' };

/** features.0 is the stem; from then on stages and the downsamplings before them take turns. */
function fromTorchvisionConvNext(name: string): Renamed | undefined {
  const stem = /^features\.0\.([01])\.(weight|bias)$/.exec(name);
  if (stem) return { name: `stem.${stem[1]}.${stem[2]}` };
  const down = /^features\.([246])\.([01])\.(weight|bias)$/.exec(name);
  if (down) return { name: `stages.${Number(down[1]) / 2}.downsample.${down[2]}.${down[3]}` };
  const block = /^features\.([1357])\.(\d{1,2})\.(?:layer_scale|block\.([0235])\.(weight|bias))$/.exec(name);
  if (!block) return undefined;
  const start = `stages.${(Number(block[1]) - 1) / 2}.blocks.${block[2]}`;
  return block[3] === undefined
    ? { name: `${start}.gamma`, isFlat: true }
    : { name: `${start}.${blockParts[block[3]]}.${block[4]}` };
}

const authorParts: Readonly<Record<string, string>> = {
  dwconv: 'conv_dw',
  norm: 'norm',
  pwconv1: 'mlp.fc1',
  pwconv2: 'mlp.fc2',
};

function fromConvNextAuthors(name: string): Renamed | undefined {
  const down = /^downsample_layers\.([0-3])\.([01])\.(weight|bias)$/.exec(name);
  if (down) {
    const start = down[1] === '0' ? 'stem' : `stages.${down[1]}.downsample`;
    return { name: `${start}.${down[2]}.${down[3]}` };
  }
  const block = /^stages\.([0-3])\.(\d{1,2})\.(?:gamma|(dwconv|norm|pwconv[12])\.(weight|bias))$/.exec(name);
  if (!block) return undefined;
  const start = `stages.${block[1]}.blocks.${block[2]}`;
  return { name: block[3] === undefined ? `${start}.gamma` : `${start}.${authorParts[block[3]]}.${block[4]}` };
}

/** A name of timm's as torchvision has it, or undefined; `isScale` where it has another shape there, [C, 1, 1]. */
export function toTorchvision(name: string): { readonly name: string; readonly isScale?: true } | undefined {
  if (convNext.test(name)) return toTorchvisionConvNext(name);
  if (!transformer.test(name)) return undefined;
  const block = /^blocks\.(\d+)\.(.+)$/.exec(name);
  const [start, rest, pairs] = block
    ? [`encoder.layers.encoder_layer_${block[1]}.`, block[2]!, layers]
    : ['', name, others];
  const [torchvision, timm] = pairs.find(([, timmName]) => rest.startsWith(timmName))!;
  return { name: start + torchvision + rest.slice(timm.length) };
}

function toTorchvisionConvNext(name: string): { readonly name: string; readonly isScale?: true } {
  const stem = /^stem\.(.+)$/.exec(name);
  if (stem) return { name: `features.0.${stem[1]}` };
  const final = /^head\.norm\.(.+)$/.exec(name);
  if (final) return { name: `classifier.0.${final[1]}` };
  const [, stage, rest] = /^stages\.(\d)\.(.+)$/.exec(name)!;
  const down = /^downsample\.(.+)$/.exec(rest!);
  if (down) return { name: `features.${2 * Number(stage)}.${down[1]}` };
  const [, index, unit] = /^blocks\.(\d+)\.(.+)$/.exec(rest!)!;
  const start = `features.${2 * Number(stage) + 1}.${index}`;
  if (unit === 'gamma') return { name: `${start}.layer_scale`, isScale: true };
  const [place, timm] = Object.entries(blockParts).find(([, own]) => unit!.startsWith(`${own}.`))!;
  return { name: `${start}.block.${place}.${unit!.slice(timm.length + 1)}` };
}

/**
 * Names of the last norm, which is outside what the others are in: `fc_norm` of transformers that average patches, `norm` of
 * ConvNeXt's authors, `classifier.0` of torchvision's. found: names, as timm has them, that were found.
 */
export function lastNorms(found: ReadonlySet<string>): readonly (readonly [file: string, timm: string])[] {
  if (found.has('stages.0.blocks.0.conv_dw.weight') && !found.has('head.norm.weight'))
    return ['norm', 'classifier.0'].flatMap((norm) => pairsOf(norm, 'head.norm'));
  if (found.has('blocks.0.attn.qkv.weight') && !found.has('norm.weight')) return pairsOf('fc_norm', 'norm');
  return [];
}

function pairsOf(file: string, timm: string): [string, string][] {
  return ['weight', 'bias'].map((end) => [`${file}.${end}`, `${timm}.${end}`]);
}
