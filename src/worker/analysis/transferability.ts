/** Scores that foretell how a layer transfers, from its features and the labels of the target, without training. */
import type { FeaturesAnalysisStage } from '../../shared/experiment/stages';
import { Cancelled, UserError } from '../../shared/errors';
import { mainDirections } from '../../shared/math/mainDirections';
import { centreFeatures } from '../../shared/math/similarity/features';
import { gaussianBhattacharyya, hScore, transRate } from '../../shared/math/transferability/classSeparation';
import { logMe } from '../../shared/math/transferability/logMe';
import type { AnalysisResult, LayerScore } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { labelsOf, readFeatures } from './features';

export async function scoreTransferability(
  stage: FeaturesAnalysisStage,
  context: StageContext,
): Promise<AnalysisResult> {
  const { settings } = stage;
  const features = await readFeatures(stage.features, stage, context);
  const labels = await labelsOf(features, stage, context);
  if (new Set(labels).size < 2)
    throw new UserError('data', `\`${settings.id}\` needs images of two classes or more; raise "images"`);
  const layers: LayerScore[] = [];
  for (const [position, { layer, matrix }] of features.layers.entries()) {
    // So that a request to stop is heard between layers.
    await new Promise((resolve) => setImmediate(resolve));
    if (context.signal.aborted) throw new Cancelled();
    const centred = centreFeatures(matrix, `${layer} of ${stage.pretraining}`);
    const directions = mainDirections(centred, 1);
    const metrics = {
      logMe: logMe(mainDirections(matrix, 1), labels, matrix.columns),
      hScore: hScore(directions, labels),
      gbc: gaussianBhattacharyya(directions, labels),
      transRate: transRate(centred, labels),
    };
    const depth = features.layers.length > 1 ? position / (features.layers.length - 1) : 1;
    layers.push({ layer, depth, dimension: matrix.columns, metrics });
    context.progress(position + 1, features.layers.length, 'layers');
  }
  const { data } = settings;
  return { kind: 'analysis', analysis: settings.kind, data, images: labels.length, layers, notes: [] };
}
