/** Transfers that train the backbone further, one update at a time: assembled as a run does. */
import type { FineTuningStage } from '../../shared/experiment/stages';
import type { SceneTargets } from '../models/detection/detector';
import type { StageContext } from '../stageContext';
import { asTrainingTask, fineTuneLoop, type FineTuneSettings, type FineTuneTask } from '../train/fineTune';
import { assembleClassification, type ClassificationWork } from '../transfer/classification/runClassification';
import type { LabelledBatch } from '../transfer/classification/classificationTask';
import { assembleDetection, type DetectionWork } from '../transfer/detection/runDetection';
import type { SceneBatch } from '../transfer/detection/sceneBatches';
import type { LandmarkBatch } from '../transfer/landmarks/landmarkBatches';
import { assembleLandmarks, type LandmarkWork } from '../transfer/landmarks/runLandmarks';
import type { CropBatch } from '../transfer/segmentation/cropBatches';
import { assembleSegmentation, type SegmentationWork } from '../transfer/segmentation/runSegmentation';
import type { DescribedImage, TrainedStage } from './lookedAt';
import { matchClasses } from './matchClasses';
import { matchLandmarks } from './matchLandmarks';
import { matchObjects } from './matchObjects';
import { matchPixels } from './matchPixels';
import { stepTraining, type SteppingOptions, type Steps } from './stepTraining';

export async function openFineTuning(stage: FineTuningStage, options: SteppingOptions): Promise<Steps> {
  const source = { backbone: stage.backbone, weights: stage.weights };
  const { context } = options;
  switch (stage.settings.task) {
    case 'detection':
      return stepTraining(await openDetection({ settings: stage.settings, ...source }, context), options);
    case 'semantic-segmentation':
      return stepTraining(await openSegmentation({ settings: stage.settings, ...source }, context), options);
    case 'classification':
      return stepTraining(await openClassification({ settings: stage.settings, ...source }, context), options);
    case 'landmarks':
      return stepTraining(await openLandmarks({ settings: stage.settings, ...source }, context), options);
  }
}

/** What the loop steps. */
function trainingOf<Batch>(task: FineTuneTask<Batch>, settings: FineTuneSettings) {
  return { task: asTrainingTask(task, settings.accumulate), loop: fineTuneLoop(task, settings) };
}

async function openDetection(work: DetectionWork, context: StageContext): Promise<TrainedStage<SceneBatch>> {
  const { detector, task, data } = await assembleDetection(work, context);
  const { names, classes } = data.train;
  /** Of the parts of the update under way. */
  let targets: (readonly SceneTargets[])[] = [];
  return {
    ...trainingOf(task, work.settings),
    describe: (batch) => {
      targets.push(batch.targets);
      const images = batch.indices.map((index, i) => ({ name: names[index]!, ...labelOf(batch.targets[i]!, classes) }));
      return { views: [{ name: 'image', images: batch.images }], images };
    },
    match: async (parts) => {
      const matched = matchObjects(parts, targets, classes);
      targets = [];
      return matched;
    },
    dispose: async () => detector.dispose(),
  };
}

/** Classes of an image's objects, each once. */
function labelOf({ labels }: SceneTargets, classes: readonly string[]): Pick<DescribedImage, 'label'> {
  return labels.length === 0 ? {} : { label: [...new Set(labels)].map((label) => classes[label]!).join(', ') };
}

async function openSegmentation(work: SegmentationWork, context: StageContext): Promise<TrainedStage<CropBatch>> {
  const { segmenter, task, data } = await assembleSegmentation(work, context);
  const { names, classes } = data.train;
  return {
    ...trainingOf(task, work.settings),
    describe: ({ images, indices }) => ({
      views: [{ name: 'image', images }],
      images: indices.map((index) => ({ name: names[index]! })),
    }),
    match: (parts, matching) => matchPixels(parts, classes, matching),
    dispose: async () => segmenter.dispose(),
  };
}

async function openClassification(
  work: ClassificationWork,
  context: StageContext,
): Promise<TrainedStage<LabelledBatch>> {
  const { task, train, dispose } = await assembleClassification(work, context);
  const { names, classes } = train.dataset;
  return {
    ...trainingOf(task, work.settings),
    describe: ({ images, indices, labels }) => ({
      views: [{ name: 'image', images }],
      images: Array.from(indices, (index, row) => ({ name: names[index]!, label: classes[labels[row]!]! })),
    }),
    match: async (parts) => matchClasses(parts, classes),
    dispose,
  };
}

async function openLandmarks(work: LandmarkWork, context: StageContext): Promise<TrainedStage<LandmarkBatch>> {
  const { network, task, train } = await assembleLandmarks(work, context);
  const { names, scheme } = train.dataset;
  return {
    ...trainingOf(task, work.settings),
    describe: ({ images, examples }) => ({
      views: [{ name: 'image', images }],
      images: examples.map((example) => ({ name: names[example]! })),
    }),
    match: async (parts) => matchLandmarks(parts, scheme.names),
    dispose: async () => network.dispose(),
  };
}
