/**
 * Names of backbone weights as PyTorch's reference implementations have them: torchvision's ResNets, timm's vision transformers
 * and ConvNeXts (transformerNames.ts). Also the same ResNets as a plain list of children,
 * `nn.Sequential(*resnet.children())`, where layers have numbers.
 */
import { isTimmName, toTimm } from './transformerNames';

export interface Renamed {
  /** As the reference implementation has it. */
  readonly name: string;
  /** For each axis of PyTorch's layout, the axis in the file; absent when they are the same. */
  readonly axes?: readonly number[];
  /** Whether the file has axes of length one that are left out. */
  readonly isFlat?: true;
}

const part = String.raw`(?:weight|bias|running_mean|running_var|num_batches_tracked)`;
const resnet = new RegExp(
  String.raw`^(?:conv1\.weight|bn1\.${part}|layer[1-4]\.\d{1,3}\.(?:(?:conv[123]|downsample\.\d)\.weight|(?:bn[123]|downsample\.\d)\.${part}))$`,
);
/** ResNet-C and -D: three convolutions instead of the first. */
const deepStem = new RegExp(String.raw`^conv1\.\d\.${part}$`);
const children = ['conv1', 'bn1', '', '', 'layer1', 'layer2', 'layer3', 'layer4'];

/** Whether a name is one of a backbone's. */
export function isBackboneName(name: string): boolean {
  return resnet.test(name) || deepStem.test(name) || isTimmName(name);
}

/** The name itself, what a numbered child is called, or what timm calls it; undefined for other names. */
export function backboneName(name: string): Renamed | undefined {
  if (isBackboneName(name)) return { name };
  const other = toTimm(name);
  if (other) return other;
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
