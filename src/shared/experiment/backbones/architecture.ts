/** What is known of a kind of network without building it; the worker's network and the editor's hints come from the same plan. */
import type { BackboneConfig } from './config';

/** A place features can be read from. */
export interface LayerInfo {
  /** PyTorch's module name: conv1, bn1, relu, maxpool, layer1.0 …, layer1 … layer4, avgpool. */
  readonly name: string;
  readonly channels: number;
  /** Input pixels per feature step; what has no grid says 0. */
  readonly stride: number;
}

/** A tensor of the network's state. */
export interface WeightInfo {
  readonly name: string;
  /** In PyTorch's layout. */
  readonly shape: readonly number[];
  /** Running statistics and counters are buffers. */
  readonly role: 'parameter' | 'buffer';
}

/** Work and memory of one forward pass of one image. */
export interface Cost {
  /** Of convolutions, linear layers and attention. Normalisation, activations and pooling are not counted. */
  readonly multiplyAdds: number;
  /** Numbers that a training step keeps for its backward pass, estimated: of the image and what is before the blocks. */
  readonly entry: number;
  /** Of each block, all inside it, and its output alone. */
  readonly blocks: readonly { readonly inner: number; readonly output: number }[];
}

export type BackboneSetting = keyof BackboneConfig;

/** Why there is no such backbone, and which setting is to blame. */
export interface BackboneProblem {
  readonly setting: BackboneSetting;
  /** One sentence without its full stop. */
  readonly message: string;
}

export interface Architecture {
  /** What users call the kind. */
  readonly title: string;
  /** The settings that mean something for it, besides `name`. */
  readonly settings: readonly BackboneSetting[];
  /** What the settings are when nobody says. */
  usual(name: BackboneConfig['name']): Omit<Required<BackboneConfig>, 'name'>;
  problem(config: BackboneConfig): BackboneProblem | undefined;
  /** In depth order; the last is the pooled output. */
  layers(config: BackboneConfig): readonly LayerInfo[];
  /** One layer for each step in depth, each output once; `isAveraged`: maps are averaged over their places. */
  mainLayers(config: BackboneConfig, isAveraged: boolean): readonly string[];
  /** How deep each layer is, in (0, 1]. */
  depths(config: BackboneConfig): ReadonlyMap<string, number>;
  /** In the reference's order. */
  weights(config: BackboneConfig): readonly WeightInfo[];
  /** imageSize: side in px. */
  cost(config: BackboneConfig, imageSize: number): Cost;
}
