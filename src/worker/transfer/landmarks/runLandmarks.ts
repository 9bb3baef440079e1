/**
 * The stage of a landmark transfer that trains the backbone further: a regression of points on its output. The protocol is
 * the paper's as far as it is known (Zhao et al. 2021, arXiv 2006.06606): the classifier replaced by a linear layer with two
 * numbers for each landmark, all layers trained, error divided by the distance of the eyes.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LandmarksTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import type { TransferResult } from '../../../shared/results/records';
import { encodeWeights } from '../../checkpoint/weightsFile';
import { createLandmarkNetwork, landmarkLoss, type LandmarkNetwork } from '../../models/landmarks/landmarkNetwork';
import { reportMatch } from '../../ops/observe';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { fineTune, type FineTuneTask } from '../../train/fineTune';
import { takeLossStep } from '../../train/lossStep';
import { MODEL_FILE } from '../detection/runDetection';
import { loadPretrainedBackbone, type BackboneSource } from '../pretrainedBackbone';
import { openExamples, requireSameScheme, type LandmarkSplit } from './chooseExamples';
import { testPictures, TrainingLandmarks, type LandmarkBatch } from './landmarkBatches';
import { writeLandmarkFiles } from './landmarkFiles';
import { normalisersOf, resolveNormaliser, scoreLandmarks } from './scoreLandmarks';

const TEST_BATCH = 64;

export interface LandmarkWork extends BackboneSource {
  readonly settings: LandmarksTransfer;
}

/** A landmark network with its data and its task, before the first update. */
export interface AssembledLandmarks {
  /** The caller disposes it. */
  readonly network: LandmarkNetwork;
  readonly task: FineTuneTask<LandmarkBatch>;
  readonly train: LandmarkSplit;
  readonly test: LandmarkSplit & Pick<Parameters<typeof scoreLandmarks>[0], 'normalisers'>;
  readonly normalise: ReturnType<typeof resolveNormaliser>;
}

export async function assembleLandmarks(work: LandmarkWork, context: StageContext): Promise<AssembledLandmarks> {
  const { settings } = work;
  const { train, test } = await openSplits(settings, context);
  const normalise = resolveNormaliser(settings, test.dataset.scheme);
  const scored = { ...test, normalisers: normalisersOf(test.dataset, test.examples, normalise) };
  const { backbone, trained } = await loadPretrainedBackbone(work, settings, context);
  const random = deriveRandom(context.seed, 'heads');
  const landmarks = train.dataset.scheme.names.length;
  const network = createLandmarkNetwork({ backbone, settings, landmarks, random });
  const evaluate = async () => {
    const values = await predict(network, scored, { settings, context });
    return scoreLandmarks({ ...scored, values }, settings).metrics;
  };
  const task = createTask({ network, trained, train, evaluate }, settings, context);
  return { network, task, train, test: scored, normalise };
}

export async function runLandmarks(work: LandmarkWork, context: StageContext): Promise<StageOutput> {
  const { settings } = work;
  const { network, task, train, test, normalise } = await assembleLandmarks(work, context);
  const { backbone } = network;
  const landmarks = train.dataset.scheme.names.length;
  try {
    const tuned = await fineTune(task, settings, context);
    const values = await predict(network, test, { settings, context });
    const { metrics, perLandmark, counted } = scoreLandmarks({ ...test, values }, settings);
    const result: TransferResult = {
      kind: 'transfer',
      task: settings.task,
      data: settings.data,
      trainImages: train.examples.length,
      testImages: test.examples.length,
      classes: landmarks,
      layers: [],
      metrics,
      perClass: perLandmark,
      headline: { metric: 'nme', layer: '', value: metrics.nme! },
      notes: notesOn(counted, test.examples.length),
    };
    const model = await encodeWeights({ stores: [backbone.weights, network.head.weights] });
    const files = {
      [METRICS_FILE]: tuned.metricsStamp,
      [MODEL_FILE]: await context.stages.writeFile(context.key, MODEL_FILE, model),
      ...(await writeLandmarkFiles(
        {
          ...test,
          ...{ normalise, threshold: settings.threshold, countsOccluded: settings.occluded },
          imageSize: settings.imageSize,
          predictions: new Map([['', values]]),
        },
        context,
      )),
    };
    return { result, files, earlier: tuned.earlier };
  } finally {
    network.dispose();
  }
}

/** Sentence for readers of the numbers. */
export function notesOn(counted: number, examples: number): string[] {
  if (counted === examples) return [];
  return [
    `${examples - counted} of ${examples} test pictures do not count: what their error is divided by is not marked`,
  ];
}

async function openSplits(settings: LandmarksTransfer, context: StageContext) {
  const part = (split: string, count: number | undefined, purpose: string) => ({ split, count, purpose });
  const train = await openExamples(settings, part(settings.train, settings.trainImages, 'landmarks-train'), context);
  const test = await openExamples(settings, part(settings.test, settings.testImages, 'landmarks-test'), context);
  requireSameScheme(train.dataset, test.dataset);
  const { names, flipPairs } = train.dataset.scheme;
  if (settings.flip && flipPairs.length === 0) {
    throw new UserError(
      'config',
      `nothing says which of the ${names.length} landmarks of "${settings.data}" change places in a mirror; set flip to false`,
    );
  }
  if (train.examples.length < settings.batch) {
    throw new UserError(
      'data',
      `the batch of ${settings.batch} is larger than the ${train.examples.length} pictures of "${settings.data}" (${settings.train}) with landmarks; set batch to ${train.examples.length} or less`,
    );
  }
  return { train, test };
}

interface TaskParts {
  readonly network: LandmarkNetwork;
  /** Of the backbone, by name. */
  readonly trained: ReadonlyMap<string, tf.Variable>;
  readonly train: LandmarkSplit;
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

function createTask(
  { network, trained, train, evaluate }: TaskParts,
  settings: LandmarksTransfer,
  context: StageContext,
): FineTuneTask<LandmarkBatch> {
  const { backbone, head } = network;
  const parameters = new Map([...trained, ...head.weights.parameters()]);
  const batches = new TrainingLandmarks({
    ...train,
    batch: settings.batch,
    size: settings.imageSize,
    seed: context.seed,
    jitter: settings.jitter,
    flip: settings.flip,
    countsOccluded: settings.occluded,
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); it is left out of its batch`),
  });
  return {
    parameters,
    weights: { backbone: backbone.weights, heads: head.weights },
    stepsPerEpoch: batches.stepsPerEpoch,
    nextBatch: (step) => batches.next(step),
    step: ({ images, wanted, counted }) =>
      takeLossStep(parameters, () => {
        const predicted = network.forward(images, { training: true });
        reportMatch(() => ({ kind: 'landmarks', predicted, wanted, counted }));
        return { loss_landmarks: landmarkLoss(settings.loss, { predicted, wanted, counted }) };
      }),
    disposeBatch: ({ images, wanted, counted }) => [images, wanted, counted].forEach((tensor) => tensor.dispose()),
    evaluate,
  };
}

/** [examples, 2K] half pictures. */
async function predict(
  network: LandmarkNetwork,
  { dataset, examples }: LandmarkSplit,
  { settings, context }: { readonly settings: LandmarksTransfer; readonly context: StageContext },
): Promise<Float32Array> {
  const values = new Float32Array(examples.length * 2 * dataset.scheme.names.length);
  let done = 0;
  const pictures = testPictures({
    ...{ dataset, examples, batch: TEST_BATCH, size: settings.imageSize },
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); a grey picture takes its place`),
  });
  for await (const images of pictures) {
    if (context.signal.aborted) throw new Cancelled();
    const predicted = network.forward(images, { training: false });
    values.set(await predicted.data(), done * 2 * dataset.scheme.names.length);
    done += images.shape[0];
    images.dispose();
    predicted.dispose();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return values;
}
