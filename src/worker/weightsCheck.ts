/** The `checkWeights` request: imports a checkpoint and measures every layer's output for a fixed image. */
import * as tf from '@tensorflow/tfjs-core';
import type { WeightsCheckRequest } from '../shared/protocol/worker';
import { isEssential } from '../shared/weights/backboneNames';
import { makeCheckImage, summarise, type LayerStatistics, type WeightsCheck } from '../shared/weights/checkReport';
import { findSuspicions } from '../shared/weights/suspicions';
import { makeTorchSnippet } from '../shared/weights/torchSnippet';
import { useWeights } from '../shared/weights/useWeights';
import { importWeights, type ImportReport } from './checkpoint/importWeights';
import { weightPlatform } from './checkpoint/weightPlatform';
import type { Backbone } from './models/backbone';
import { createBackbone } from './models/registry';
import { unusedRandom } from './models/unusedRandom';

/** Outputs larger than this grow without bound from layer to layer. */
const hugeOutput = 1e6;

/** The runtime must have been started. */
export async function checkWeights(request: WeightsCheckRequest): Promise<Omit<WeightsCheck, 'runtime'>> {
  const { file, name, mapping, imageSize } = request;
  const backbone = createBackbone(request.backbone, unusedRandom);
  try {
    return await useWeights({ path: file, name }, weightPlatform, async (weights) => {
      const report = await importWeights(backbone, weights, mapping);
      const layers = await measureLayers(backbone, imageSize);
      const names = layers.map(({ layer }) => layer);
      const parts = { weights, recognition: report.recognition, backbone: request.backbone, layers: names, imageSize };
      const snippet = makeTorchSnippet(parts);
      return {
        origin: report.origin,
        matched: report.fit.matched.filter(isEssential).length,
        leftOut: report.fit.leftOut.length,
        layers,
        warnings: await listWarnings(backbone, report, layers),
        ...(snippet && { snippet }),
      };
    });
  } finally {
    backbone.dispose();
  }
}

async function measureLayers(backbone: Backbone, size: number): Promise<LayerStatistics[]> {
  const names = backbone.layers.map(({ name }) => name);
  const taps = tf.tidy(() => {
    const image = tf.tensor4d(makeCheckImage(size), [1, size, size, 3]);
    return [...backbone.forward(image, { training: false, taps: names }).taps];
  });
  const statistics: LayerStatistics[] = [];
  for (const [layer, tensor] of taps) {
    const values = (await tensor.data()) as Float32Array;
    const [, ...sides] = tensor.shape;
    const shape = sides.length === 3 ? [sides[2]!, sides[0]!, sides[1]!] : sides;
    statistics.push({ layer, shape, ...summarise(values) });
  }
  tf.dispose(taps.map(([, tensor]) => tensor));
  return statistics;
}

async function listWarnings(
  backbone: Backbone,
  { recognition, warnings }: ImportReport,
  layers: readonly LayerStatistics[],
): Promise<string[]> {
  const suspicions = findSuspicions(await backbone.weights.exportTensors(), recognition.family);
  const broken = layers.find(({ mean, max }) => !Number.isFinite(mean) || !Number.isFinite(max));
  const huge = layers.find(({ max }) => max > hugeOutput);
  const dead = layers.find(({ std, max }) => std === 0 && max === 0);
  return [
    ...suspicions,
    ...(broken ? [`the output of ${broken.layer} is not finite, and so is everything after it`] : []),
    ...(huge && !broken
      ? [`the outputs grow to ${huge.max.toPrecision(2)} at ${huge.layer}: batch norm does not fit the filters`]
      : []),
    ...(dead ? [`the output of ${dead.layer} is zero everywhere: its weights are probably missing or zero`] : []),
    ...warnings,
  ];
}
