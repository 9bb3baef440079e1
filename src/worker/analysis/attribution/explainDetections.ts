/** Detections of a fine-tuned detector as what is explained: one of each test image. */
import { readFile } from 'node:fs/promises';
import type { AttributionAnalysis } from '../../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../../shared/experiment/stages';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { decodeSafetensors } from '../../../shared/weights/safetensors';
import { loadBackboneWeights } from '../../checkpoint/weightsFile';
import type { SceneDataset } from '../../data/scenes';
import { createDetector } from '../../models/detection/createDetector';
import type { Detector, RawDetections } from '../../models/detection/detector';
import { createBackbone } from '../../models/registry';
import { unusedRandom } from '../../models/unusedRandom';
import type { StageContext } from '../../stageContext';
import { MODEL_FILE } from '../../transfer/detection/runDetection';
import { testScenes } from '../../transfer/detection/sceneBatches';
import { chooseScenes } from '../../transfer/detection/sceneSubset';
import type { Explainer, Subject } from './subject';

export interface DetectorSource {
  readonly stage: NetworkAnalysisStage;
  readonly key: string;
  readonly transfer: DetectionTransfer;
}

/** The detector as its transfer left it; the caller disposes it. */
export async function openDetector({ stage, key, transfer }: DetectorSource, context: StageContext): Promise<Detector> {
  const { classes } = await context.data.scenes({ id: transfer.data, split: transfer.train });
  const file = context.stages.file(key, MODEL_FILE);
  const bytes = await readFile(file);
  const backbone = createBackbone(stage.backbone, unusedRandom);
  const detector = createDetector({ settings: transfer, backbone, classes: classes.length, random: unusedRandom });
  try {
    loadBackboneWeights(backbone, bytes, file);
    const { tensors } = decodeSafetensors(bytes, file);
    const heads = detector.heads.names().map((name) => {
      const found = tensors.get(name);
      if (!found) throw new UserError('storage', `${file} lacks ${name}; delete it and run again`);
      return [
        name,
        { shape: found.shape, data: Float32Array.from(found.data as ArrayLike<number | bigint>, Number) },
      ] as const;
    });
    detector.heads.importTensors(new Map(heads));
    return detector;
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

export async function explainDetections(
  detector: Detector,
  { settings, transfer }: { readonly settings: AttributionAnalysis; readonly transfer: DetectionTransfer },
  context: StageContext,
): Promise<Explainer> {
  const scenes = await context.data.scenes({ id: settings.data, split: settings.split });
  const places = chooseImages(scenes, { settings, transfer, seed: context.seed });
  const notes: string[] = [];
  const rank = settings.target.detection ?? 0;
  const wanted = classOf(settings, scenes.classes);
  const images = Array.from(places, (place) => ({ place, name: scenes.names[place]!, label: '' }));
  async function* subjects(): AsyncGenerator<Subject> {
    const batches = testScenes({
      ...{
        scenes,
        images: places,
        batch: 1,
        shortestSide: transfer.testShortestSide,
        longestSide: transfer.longestSide,
      },
      onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); a grey picture takes its place`),
    });
    let image = 0;
    for await (const batch of batches) {
      if (context.signal.aborted) throw new Cancelled();
      try {
        const [found] = await detector.detect(batch);
        const chosen = choose(found!, rank, wanted);
        if (chosen === undefined) notes.push(`nothing to explain was found in ${images[image]!.name}`);
        else {
          const [, height, width] = batch.images.shape;
          const label = found!.labels[chosen]!;
          const box = found!.boxes.slice(4 * chosen, 4 * chosen + 4);
          const confidence = found!.scores[chosen]!;
          yield {
            ...{ image, height, width, values: (await batch.images.data()) as Float32Array },
            score: await detector.scoreOf(batch.images, { box, label, confidence }),
            about: { class: { index: label, name: scenes.classes[label]! }, probability: confidence },
            detection: { rank: chosen, confidence, box },
          };
        }
      } finally {
        batch.images.dispose();
      }
      image++;
    }
  }
  return { backbone: detector.backbone, classes: scenes.classes, split: settings.split, images, subjects, notes };
}

/** Named places, or the number of them, drawn from the images that the detector was scored on. */
function chooseImages(
  scenes: SceneDataset,
  {
    settings: { id, images, split },
    transfer,
    seed,
  }: { readonly settings: AttributionAnalysis; readonly transfer: DetectionTransfer; readonly seed: number },
): Int32Array {
  if (typeof images !== 'number') {
    const beyond = images.find((place) => place >= scenes.length);
    if (beyond === undefined) return Int32Array.from(images);
    throw new UserError(
      'data',
      `\`${id}\` asks for image ${beyond} of ${split}, which has ${scenes.length}; name places from 0 to ${scenes.length - 1}`,
    );
  }
  const all = Int32Array.from({ length: scenes.length }, (_, i) => i);
  const scored = chooseScenes(all, { count: transfer.testImages, seed, purpose: 'scenes-test' });
  return chooseScenes(scored, { count: images, seed, purpose: 'explained' });
}

/** The class that detections must have; undefined: any. */
function classOf({ id, target }: AttributionAnalysis, classes: readonly string[]): number | undefined {
  if (target.class === 'predicted' || target.class === 'label') return undefined;
  const index = typeof target.class === 'number' ? target.class : classes.indexOf(target.class);
  if (index >= 0 && index < classes.length) return index;
  throw new UserError(
    'config',
    `\`${id}\` is to explain the class ${JSON.stringify(target.class)}, which the detector does not know; it knows ${classes.slice(0, 8).join(', ')}`,
  );
}

/** Row of the detection with this rank among those of the class. */
function choose({ labels }: RawDetections, rank: number, wanted: number | undefined): number | undefined {
  return [...labels.keys()].filter((row) => wanted === undefined || labels[row] === wanted)[rank];
}
