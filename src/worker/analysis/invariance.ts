/** How little each layer's features change when images are transformed, one transformation at a time. */
import { probeOperations } from '../../shared/experiment/augmentation';
import type { InvarianceAnalysis } from '../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { InvarianceSums } from '../../shared/math/geometry/invariance';
import type { AnalysisResult, LayerScore } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { readBatch, requireFinite } from '../transfer/features';
import { depthOf, pauseFor, withImagePasses } from './imagePasses';

export async function measureInvariance(
  stage: NetworkAnalysisStage,
  settings: InvarianceAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const { layers, augmentations, imageSize } = settings;
  const sums = new Map<string, InvarianceSums>();
  const dimensions = new Map<string, number>();
  const images = await withImagePasses({ ...stage, settings }, context, async (passes) => {
    const { backbone, batches } = passes;
    for (const [k, batch] of batches.entries()) {
      await pauseFor(context);
      const original = await readBatch(backbone, await passes.plain(batch), settings);
      for (const { layer, values } of original) {
        dimensions.set(layer, values.length / batch.places.length);
        requireFinite(layer, values, dimensions.get(layer)!);
      }
      for (const [stream, name] of augmentations.entries()) {
        const how = { ops: probeOperations(name, { size: imageSize }), stream, views: 1 };
        const { views } = await passes.transformed(batch, how);
        for (const [i, { layer, values }] of (await readBatch(backbone, views[0]!, settings)).entries()) {
          const place = `${layer} ${name}`;
          if (!sums.has(place)) sums.set(place, new InvarianceSums(dimensions.get(layer)!));
          sums.get(place)!.add(original[i]!.values, values);
        }
      }
      context.progress(k + 1, batches.length, 'batches');
    }
    return passes.places.length;
  });
  const scores = layers.map((layer, position): LayerScore => {
    const metrics = augmentations.flatMap((name) => {
      const value = sums.get(`${layer} ${name}`)!.value();
      return value === undefined ? [] : [[`${name}Invariance`, value] as const];
    });
    const depth = depthOf(position, layers.length);
    return { layer, depth, dimension: dimensions.get(layer)!, metrics: Object.fromEntries(metrics) };
  });
  const notes = scores.flatMap(({ layer, metrics }) => (Object.keys(metrics).length === 0 ? [sameNote(layer)] : []));
  return { kind: 'analysis', analysis: settings.kind, data: settings.data, images, layers: scores, notes };
}

/** Nothing can be said of a layer that tells no image from another. */
function sameNote(layer: string): string {
  return `${layer} gives all images the same features, so it has no invariance to measure`;
}
