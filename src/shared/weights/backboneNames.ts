/**
 * Names of backbone weights as PyTorch's reference implementations have them: torchvision's ResNets, and (recognised, not
 * built here yet) the vision transformers and ConvNeXts of their authors and of timm. Also the same ResNets as a plain list
 * of children, `nn.Sequential(*resnet.children())`, where layers have numbers.
 */

export interface Renamed {
  /** As the reference implementation has it. */
  readonly name: string;
  /** For each axis of PyTorch's layout, the axis in the file; absent when they are the same. */
  readonly axes?: readonly number[];
}

const part = String.raw`(?:weight|bias|running_mean|running_var|num_batches_tracked)`;
const resnet = new RegExp(
  String.raw`^(?:conv1\.weight|bn1\.${part}|layer[1-4]\.\d{1,3}\.(?:(?:conv[123]|downsample\.\d)\.weight|(?:bn[123]|downsample\.\d)\.${part}))$`,
);
/** ResNet-C and -D: three convolutions instead of the first. */
const deepStem = new RegExp(String.raw`^conv1\.\d\.${part}$`);
const transformer =
  /^(?:cls_token|pos_embed|patch_embed\.proj\.(?:weight|bias)|blocks\.\d{1,3}\.(?:norm[12]|attn\.qkv|attn\.proj|mlp\.fc[12])\.(?:weight|bias)|norm\.(?:weight|bias))$/;
const convNext =
  /^(?:downsample_layers\.\d\.\d\.(?:weight|bias)|stages\.\d\.\d{1,2}\.(?:gamma|(?:dwconv|norm|pwconv[12])\.(?:weight|bias)))$/;
const children = ['conv1', 'bn1', '', '', 'layer1', 'layer2', 'layer3', 'layer4'];

/** Whether a name is one of a backbone's. */
export function isBackboneName(name: string): boolean {
  return resnet.test(name) || deepStem.test(name) || transformer.test(name) || convNext.test(name);
}

/** The name itself, or what a numbered child is called; undefined for other names. */
export function backboneName(name: string): Renamed | undefined {
  if (isBackboneName(name)) return { name };
  const match = /^([0-7])\.(.+)$/.exec(name);
  const child = match && children[Number(match[1])];
  const full = child ? `${child}.${match[2]}` : '';
  return resnet.test(full) ? { name: full } : undefined;
}

/** Batch counters are missing in files older than PyTorch 0.4.1, and nothing is computed from them. */
export function isEssential(name: string): boolean {
  return !name.endsWith('num_batches_tracked');
}

/** What sits on top of a backbone: classifiers, projections, predictors, prototypes. */
export function isHeadName(name: string): boolean {
  return /^(?:\w+_)?(?:fc|head|heads|classifier|projector|projection|projection_head|prototypes|predictor|mlp|linear|last_layer|predictions|logits)\b/.test(
    name,
  );
}
