/** Tiny results of segmentation, landmarks, classification, few-shot and multi-label transfers, for the pinned bits. */
import { fillEmojiScenes } from '../../src/shared/experiment/resolveSceneData';
import { fillClassification, fillFineTuning, fillSegmentation } from '../../src/shared/experiment/resolveFineTuning';
import { landmarkTrainingFields } from '../../src/shared/experiment/landmarkFields';
import { fillDefaults } from '../../src/shared/experiment/fields';
import type { StageResult } from '../../src/shared/results/records';
import { DataLibrary } from '../../src/worker/data/dataLibrary';
import type { StageContext } from '../../src/worker/stageContext';
import { runClassification } from '../../src/worker/transfer/classification/runClassification';
import { runLandmarks } from '../../src/worker/transfer/landmarks/runLandmarks';
import { runSegmentation } from '../../src/worker/transfer/segmentation/runSegmentation';
import { IMAGE_SIDE, tinyBackbone } from './tinyWorld';

export interface TunedResult {
  readonly context: StageContext;
  readonly result: StageResult;
}

const brief = { steps: 3, batch: 2, warmupSteps: 2, clipNorm: 5, learningRate: 0.02 };
const source = { backbone: tinyBackbone, weights: 'weights' } as const;
const parts = { id: 'tuned', of: ['any'], train: 'train', test: 'test' } as const;

/** Three steps each on composed scenes or the tiny set, from the weights stored under `weights`; by name. */
export async function tuneAll(contextOf: (key: string) => StageContext): Promise<Map<string, TunedResult>> {
  const scenes = fillEmojiScenes({ size: 32, trainImages: 6, testImages: 3, objects: [1, 2] });
  const onScenes = (key: string) => ({ ...contextOf(key), data: new DataLibrary({ scenes }, '/', () => undefined) });
  const found = new Map<string, TunedResult>();
  const keep = async (
    name: string,
    context: StageContext,
    run: (context: StageContext) => Promise<{ result: StageResult }>,
  ) => found.set(name, { context, result: (await run(context)).result });
  const segmenters = {
    'segmentation by deeplabv3': { headChannels: 8, atrousRates: [1, 2, 3], photometric: true },
    'segmentation by fcn, cut and in windows': { model: 'fcn', cut: 'layer2', inference: 'slide', window: [16, 24] },
  };
  for (const [name, written] of Object.entries(segmenters)) {
    const settings = { ...fillSegmentation({ ...brief, ...written }, 32), ...parts, data: 'scenes', imageSize: 32 };
    await keep(name, onScenes(name.replaceAll(/\W/g, '-')), (context) =>
      runSegmentation({ settings: { ...settings, task: 'semantic-segmentation' }, ...source }, context),
    );
  }
  const heads = {
    'landmarks, pooled': { head: 'pooled' },
    'landmarks, hypercolumn': { head: 'hypercolumn', optimizer: 'adam', virtualLandmarks: 6 },
  };
  for (const [name, written] of Object.entries(heads)) {
    const training = { ...fillFineTuning({ ...brief }), ...fillDefaults(landmarkTrainingFields, written) };
    const scoring = { threshold: 0.1, occluded: false, margin: 0.2, imageSize: 24, data: 'scenes' };
    await keep(name, onScenes(name.replaceAll(/\W/g, '-')), (context) =>
      runLandmarks({ settings: { ...training, ...scoring, ...parts, task: 'landmarks' }, ...source }, context),
    );
  }
  const tuned = { ...fillClassification({ ...brief, batch: 8, headLearningRate: 5 }), budget: '50%' };
  await keep('classification', contextOf('classification'), (context) =>
    runClassification(
      { settings: { ...tuned, ...parts, task: 'classification', data: 'tiny', imageSize: IMAGE_SIDE }, ...source },
      context,
    ),
  );
  return found;
}
