/** The detection stage: a detector on the pretrained backbone, trained on scenes, scored on others. */
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import type { TransferResult } from '../../../shared/results/records';
import { encodeEvidence, EVIDENCE_FILE } from '../../../shared/results/evidence';
import { sheetName } from '../../../shared/results/sceneSheets';
import { encodeWeights } from '../../checkpoint/weightsFile';
import type { SceneDataset } from '../../data/scenes';
import { createDetector } from '../../models/detection/createDetector';
import type { Detector } from '../../models/detection/detector';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { fineTune, type FineTuneTask } from '../../train/fineTune';
import { loadPretrainedBackbone, type BackboneSource } from '../pretrainedBackbone';
import { collectDetections } from './collectDetections';
import { diagnoseDetections } from './diagnoseDetections';
import { EvidenceRows } from './evidenceRows';
import { createDetectionTask, measureStatistics } from './detectionTask';
import { ANNOTATIONS_FILE, DETECTIONS_FILE, encodeAnnotations, encodeDetections } from './resultFiles';
import { encodeSheets } from '../sceneSheets';
import { learnableImages, testScenes, TrainingScenes, type SceneBatch } from './sceneBatches';
import { chooseScenes, truthOf } from './sceneSubset';
import { scoreDetections } from './scoreDetections';

export const MODEL_FILE = 'model.safetensors';
const TEST_BATCH = 4;

export interface DetectionWork extends BackboneSource {
  readonly settings: DetectionTransfer;
}

/** A detector with its data and its task, before the first update. */
export interface AssembledDetection {
  /** The caller disposes it. */
  readonly detector: Detector;
  readonly task: FineTuneTask<SceneBatch>;
  readonly scenes: TrainingScenes;
  readonly data: OpenScenes;
}

export async function assembleDetection(work: DetectionWork, context: StageContext): Promise<AssembledDetection> {
  const { settings } = work;
  const { seed } = context;
  const data = await openScenes(settings, context);
  const { backbone, trained } = await loadPretrainedBackbone(work, settings, context);
  const classes = data.train.classes.length;
  const detector = createDetector({ settings, backbone, classes, random: deriveRandom(seed, 'heads') });
  const scenes = new TrainingScenes({
    ...{ scenes: data.train, images: data.trainImages, batch: settings.batch, seed, transform: settings },
    withMasks: settings.model.startsWith('mask-'),
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); it is left out of its batch`),
  });
  const evaluate = async () => (await test({ detector, data, settings, context })).scores.metrics;
  return { detector, scenes, data, task: createDetectionTask({ detector, trained, scenes, seed, evaluate }) };
}

export async function runDetection(work: DetectionWork, context: StageContext): Promise<StageOutput> {
  const { settings } = work;
  const { detector, task, scenes, data } = await assembleDetection(work, context);
  const classes = data.train.classes.length;
  try {
    const testing = { detector, data, settings, context };
    const tuned = await fineTune(task, settings, context);
    if (settings.batchNorm === 'trained') await measureBatchNorm({ detector, scenes, seed: context.seed });
    const evidence = new EvidenceRows(data.truth);
    const { found, scores } = await test(testing, evidence);
    const errors = diagnoseDetections(data.truth, found);
    const result: TransferResult = {
      kind: 'transfer',
      task: settings.task,
      data: settings.data,
      trainImages: data.trainImages.length,
      testImages: data.testImages.length,
      classes,
      layers: [],
      metrics: scores.metrics,
      perClass: scores.perClass,
      headline: { metric: 'ap', layer: '', value: scores.metrics.ap ?? 0 },
      ...(errors && { errors }),
      notes: found.count === 0 ? ['the detector found nothing at all'] : [],
    };
    const files = {
      [METRICS_FILE]: tuned.metricsStamp,
      [MODEL_FILE]: await write(
        MODEL_FILE,
        await encodeWeights({ stores: [detector.backbone.weights, detector.heads] }),
      ),
      [ANNOTATIONS_FILE]: await write(ANNOTATIONS_FILE, encodeAnnotations(data.truth)),
      [DETECTIONS_FILE]: await write(DETECTIONS_FILE, encodeDetections(data.truth, found)),
      [EVIDENCE_FILE]: await write(EVIDENCE_FILE, encodeEvidence(evidence.finish())),
      ...(await writeSheets()),
    };
    return { result, files, earlier: tuned.earlier };
  } finally {
    detector.dispose();
  }

  function measureBatchNorm(parts: Parameters<typeof measureStatistics>[0]): Promise<void> {
    const batches = settings.preciseBatchNorm;
    return measureStatistics(parts, { first: settings.steps, batches }, async (done) => {
      if (context.signal.aborted) throw new Cancelled();
      context.progress(done, batches, 'batches', 'measuring batch norm');
      await new Promise((resolve) => setImmediate(resolve));
    });
  }

  async function writeSheets() {
    const stamps: Record<string, Awaited<ReturnType<typeof write>>> = {};
    let sheet = 0;
    for await (const bytes of encodeSheets(data.test.store, data.testImages)) {
      const name = sheetName(sheet++);
      stamps[name] = await write(name, bytes);
    }
    return stamps;
  }

  function write(name: string, bytes: Uint8Array) {
    return context.stages.writeFile(context.key, name, bytes);
  }
}

export interface OpenScenes {
  readonly train: SceneDataset;
  readonly test: SceneDataset;
  readonly trainImages: Int32Array;
  readonly testImages: Int32Array;
  /** Objects of the test images. */
  readonly truth: SceneDataset['truth'];
}

async function openScenes(settings: DetectionTransfer, context: StageContext): Promise<OpenScenes> {
  const train = await context.data.scenes({ id: settings.data, split: settings.train });
  const test = await context.data.scenes({ id: settings.data, split: settings.test });
  const { seed } = context;
  const usable = learnableImages(train);
  const trainImages = chooseScenes(usable, { count: settings.trainImages, seed, purpose: 'scenes-train' });
  const all = Int32Array.from({ length: test.length }, (_, i) => i);
  const testImages = chooseScenes(all, { count: settings.testImages, seed, purpose: 'scenes-test' });
  if (trainImages.length < settings.batch) {
    throw new UserError(
      'data',
      `the batch of ${settings.batch} is larger than the ${trainImages.length} images of "${settings.data}" (${settings.train}) with objects; set batch to ${Math.max(1, trainImages.length)} or less`,
    );
  }
  return { train, test, trainImages, testImages, truth: truthOf(test, testImages) };
}

interface Testing {
  readonly detector: Detector;
  readonly data: OpenScenes;
  readonly settings: DetectionTransfer;
  readonly context: StageContext;
}

async function test({ detector, data, settings, context }: Testing, evidence?: EvidenceRows) {
  const batches = testScenes({
    scenes: data.test,
    images: data.testImages,
    batch: TEST_BATCH,
    shortestSide: settings.testShortestSide,
    longestSide: settings.longestSide,
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); a grey picture takes its place`),
  });
  const onImages = async (done: number): Promise<void> => {
    if (context.signal.aborted) throw new Cancelled();
    context.progress(done, data.testImages.length, 'test images');
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const found = await collectDetections(detector, batches, { onImages, ...(evidence && { evidence }) });
  return { found, scores: scoreDetections(data.truth, found, settings) };
}
