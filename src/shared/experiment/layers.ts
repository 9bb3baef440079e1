/**
 * Facts about backbones, worked out from their settings alone: layers, weights, parameters, multiply-adds, memory. The worker
 * builds its networks from the same plans (backbones/), and the editor checks and annotates experiment files with them, so
 * the two cannot disagree.
 */
import type { BackboneProblem, BackboneSetting, LayerInfo } from './backbones/architecture';
import { architectureOf } from './backbones/architectures';
import type { BackboneConfig } from './backbones/config';

export { backboneNames } from './backbones/config';
export type { BackboneConfig, BackboneName } from './backbones/config';
export type { LayerInfo } from './backbones/architecture';

/** Why a backbone with these settings does not exist, or undefined when it does. */
export function backboneProblem(config: BackboneConfig): BackboneProblem | undefined {
  return strangeSetting(config) ?? architectureOf(config).problem(config);
}

/** A setting of another kind of network, unless it is as everywhere. */
function strangeSetting(config: BackboneConfig): BackboneProblem | undefined {
  const { title, settings, usual } = architectureOf(config);
  const strange = (Object.keys(config) as BackboneSetting[]).find(
    (key) => key !== 'name' && !settings.includes(key) && String(config[key]) !== String(usual(config.name)[key]),
  );
  if (!strange) return undefined;
  return { setting: strange, message: `${config.name} is ${title}, which has no "${strange}"; remove it` };
}

/** Every place features can be read from, in depth order; the last is the pooled output. */
export function describeLayers(config: BackboneConfig): readonly LayerInfo[] {
  return architectureOf(config).layers(config);
}

/** Whether detectors and segmentation heads can be built on it: whether there are feature maps under the names layer1 … layer4. */
export function hasStages(config: BackboneConfig): boolean {
  return describeLayers(config).some(({ name }) => name === 'layer4');
}

/** Whether its results hang on the other images of a batch. */
export function hasBatchNorm(config: BackboneConfig): boolean {
  return architectureOf(config).settings.includes('stem');
}

/** Names of every place features can be read from, in depth order. */
export function layerNames(config: BackboneConfig): string[] {
  return describeLayers(config).map(({ name }) => name);
}

/** One layer for each step in depth, each output once. `isAveraged`: maps are averaged over their places. */
export function mainLayers(config: BackboneConfig, isAveraged: boolean): readonly string[] {
  return architectureOf(config).mainLayers(config, isAveraged);
}

/**
 * How deep each place is: what has weights and was passed on the way to it, as a share of all on the way, in (0, 1]. What adds
 * none, such as pooling, is as deep as what it reads.
 */
export function layerDepths(config: BackboneConfig): ReadonlyMap<string, number> {
  return architectureOf(config).depths(config);
}

/** Numbers per image of the pooled output. */
export function featureSize(config: BackboneConfig): number {
  return describeLayers(config).at(-1)!.channels;
}

/**
 * Trainable numbers, and (featureSize + 1)·classes for a classifier on top. `classes` 0 means the backbone alone.
 */
export function parameterCount(config: BackboneConfig, classes = 0): number {
  const parameters = architectureOf(config)
    .weights(config)
    .filter(({ role }) => role === 'parameter');
  const backbone = parameters.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  return backbone + (featureSize(config) + 1) * classes;
}

/**
 * Multiply-adds of one forward pass of one image, of convolutions, linear layers and attention. Normalisation, activations
 * and pooling are not counted. imageSize: side in px.
 */
export function multiplyAdds(config: BackboneConfig, imageSize: number): number {
  return architectureOf(config).cost(config, imageSize).multiplyAdds;
}

/**
 * Bytes a training step must keep for its backward pass, estimated, float32. Weights, their gradients, optimiser state and a
 * runtime's scratch space come on top. imageSize: side in px; batch: images.
 */
export function activationBytes(config: BackboneConfig, imageSize: number, batch: number): number {
  const { entry, blocks } = architectureOf(config).cost(config, imageSize);
  return 4 * batch * (entry + blocks.reduce((sum, { inner }) => sum + inner, 0));
}

/** The same when blocks are computed again for the gradient: their outputs, and the inside of one of them. */
export function recomputedActivationBytes(config: BackboneConfig, imageSize: number, batch: number): number {
  const { entry, blocks } = architectureOf(config).cost(config, imageSize);
  const kept = blocks.reduce((sum, { output }) => sum + output, 0);
  return 4 * batch * (entry + kept + Math.max(...blocks.map(({ inner }) => inner)));
}

/**
 * The backbone with as many of its late strides replaced by dilation as it takes for at most `outputStride` input pixels
 * to each step of layer4 (Chen 2017, arXiv 1706.05587, section 3.1); never less than the stem's own. Weights stay the same.
 * config: of a ResNet.
 */
export function dilateTo(config: BackboneConfig, outputStride: number): BackboneConfig {
  let reached = describeLayers(config).find(({ name }) => name === 'layer1')!.stride;
  const dilate = [1, 2, 3].map(() => {
    const isTooFar = 2 * reached > outputStride;
    if (!isTooFar) reached *= 2;
    return isTooFar;
  });
  return { ...config, dilate: dilate as [boolean, boolean, boolean] };
}
