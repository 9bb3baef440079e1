/** How the files of one origin name a backbone's weights: what stands before the names, and what the names are called. */
import { backboneName, type Renamed } from './backboneNames';
import type { TensorPlace } from './tensorPlace';

/** Which of two encoders: the one trained by gradients, or its slowly moving average (MoCo's key, BYOL's target, DINO's teacher). */
export type EncoderChoice = 'query' | 'key';

/** One backbone in a file of several. */
export interface Branch {
  readonly prefix: string;
  readonly encoder?: EncoderChoice;
}

export interface Family {
  readonly id: string;
  /** For readers. */
  readonly title: string;
  /** Preferred first. Containers such as `state_dict.` may stand before each. */
  readonly branches: readonly Branch[];
  /** Other names or metadata (`key=value`) that tell its files from others with the same prefixes. */
  readonly signs: readonly RegExp[];
  /** Whether a file without one of the signs is taken for something else. */
  readonly needsSign: boolean;
  /** A name after the prefix as torchvision has it; undefined for what is no part of a backbone. Default: the same name. */
  readonly rename?: (name: string) => Renamed | undefined;
  /** Last changes to a whole backbone, such as folding biases into batch norm. */
  readonly finish?: (tensors: ReadonlyMap<string, TensorPlace>) => Map<string, TensorPlace>;
  /** What a user of the weights has to know. */
  readonly notes?: readonly string[];
  /** How images were fed to the network, where that differs from RGB with ImageNet's mean and deviation. */
  readonly input?: 'bgr-caffe';
}

/** The name as torchvision has it, under the family's naming. */
export function renameWith(family: Family, name: string): Renamed | undefined {
  return (family.rename ?? backboneName)(name);
}

/** Branches for all combinations of what stands first and what follows. */
export function branchesOf(prefixes: readonly string[], encoder?: EncoderChoice): Branch[] {
  return prefixes.map((prefix) => ({ prefix, ...(encoder && { encoder }) }));
}
