/** Which parts of images speak for a class or a detection; what it leaves is described in results/attribution.ts. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributionAnalysis } from '../../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../../shared/experiment/stages';
import { planOcclusion } from '../../../shared/math/attribution/occlusionGrid';
import { shareInBox, type PlacedBox } from '../../../shared/math/attribution/mapFigures';
import type { AttributionFile, AttributionMap, Explanation } from '../../../shared/results/attribution';
import type { FileTensor } from '../../../shared/weights/safetensors';
import type { StageContext, StageOutput } from '../../stageContext';
import { stackPictures, type PictureStack } from '../pixelImages';
import { writeAttribution } from './attributionFiles';
import { explainClasses } from './explainClasses';
import { explainDetections, openDetector } from './explainDetections';
import { gradCam } from './gradCam';
import { occlude } from './occlusion';
import { openClassifier } from './openClassifier';
import { inputPictures } from './inputPictures';
import { scoreLayers } from './score';
import type { Explainer, Subject } from './subject';

export interface AttributionWork {
  readonly stage: NetworkAnalysisStage;
  readonly settings: AttributionAnalysis;
}

export async function analyseAttribution(work: AttributionWork, context: StageContext): Promise<StageOutput> {
  const { stage, settings } = work;
  const { explained: model } = stage;
  if (!model) throw new Error('internal: an attribution needs a model to explain');
  if (model.source === 'fine-tuning' && model.settings.task === 'detection') {
    const source = { stage, key: model.key, transfer: model.settings };
    const detector = await openDetector(source, context);
    try {
      const explainer = await explainDetections(detector, { settings, transfer: model.settings }, context);
      const pictures = inputPictures(explainer.images.length);
      return await explain({ ...work, explainer, pictures, watch: pictures.add }, context);
    } finally {
      detector.dispose();
    }
  }
  const classifier = await openClassifier(stage, model as Parameters<typeof openClassifier>[1], context);
  try {
    const explainer = await explainClasses(classifier, settings, { model, context });
    const { values, size } = explainer.pictures;
    const stack = stackPictures(values, size);
    return await explain({ ...work, explainer, pictures: { finish: async () => stack } }, context);
  } finally {
    classifier.dispose();
  }
}

interface Explaining extends AttributionWork {
  readonly explainer: Explainer;
  /** What the images looked like to the network. */
  readonly pictures: { finish(): Promise<PictureStack> };
  readonly watch?: (subject: Subject) => void;
}

async function explain(work: Explaining, context: StageContext): Promise<StageOutput> {
  const { explainer, settings, stage } = work;
  const tensors = new Map<string, FileTensor>();
  const explanations: Explanation[] = [];
  const unreached = new Set<string>();
  let occlusion: AttributionFile['occlusion'];
  for await (const subject of explainer.subjects()) {
    work.watch?.(subject);
    const number = explanations.length;
    const score = await readScore(subject);
    const maps: AttributionMap[] = [];
    if (settings.methods.includes('grad-cam')) {
      for (const map of await mapsOf(subject, work)) {
        if (!map.isReached) unreached.add(map.layer);
        maps.push(keep(tensors, { ...map, method: 'grad-cam', number, subject }));
      }
    }
    if (settings.methods.includes('occlusion')) {
      const grid = planOcclusion(subject, settings);
      occlusion ??= { window: grid.window * grid.step, step: grid.step };
      const values = await occlude(subject, grid, { score, signal: context.signal });
      const { rows: height, columns: width } = grid;
      maps.push(keep(tensors, { layer: '', height, width, values, method: 'occlusion', number, subject }));
    }
    explanations.push(describe(subject, score, maps));
    context.progress(subject.image + 1, explainer.images.length, 'images');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const notes = [
    ...explainer.notes,
    ...[...unreached].map((layer) => `nothing of ${layer} reaches the score of some images: its maps are empty`),
  ];
  const found = { work: { stage, settings }, explainer, explanations, tensors, ...(occlusion && { occlusion }) };
  const files = await writeAttribution(found, await work.pictures.finish(), context);
  const layers = scoreLayers(explanations, tensors, stage.backbone);
  const images = explanations.length;
  return { result: { kind: 'analysis', analysis: settings.kind, data: settings.data, images, layers, notes }, files };
}

async function readScore({ score, values, height, width }: Subject): Promise<number> {
  const result = tf.tidy(() => score(tf.tensor4d(values, [1, height, width, 3])));
  const [value] = (await result.data()) as Float32Array;
  result.dispose();
  return value!;
}

async function mapsOf({ score, values, height, width }: Subject, { explainer, settings }: Explaining) {
  const image = tf.tensor4d(values, [1, height, width, 3]);
  try {
    return await gradCam({ backbone: explainer.backbone, score }, image, settings.layers);
  } finally {
    image.dispose();
  }
}

interface FoundMap {
  readonly method: AttributionMap['method'];
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
  /** Place among the explanations. */
  readonly number: number;
  readonly subject: Subject;
}

function keep(tensors: Map<string, FileTensor>, found: FoundMap): AttributionMap {
  const { method, layer, height, width, values, number, subject } = found;
  const tensor = [number, method, ...(layer === '' ? [] : [layer])].join('/');
  tensors.set(tensor, { dtype: 'F32', shape: [height, width], data: values });
  const peak = values.reduce((most, value) => Math.max(most, value), 0);
  const box = boxOf(subject);
  return { method, layer, height, width, tensor, peak, ...(box && { inBox: shareInBox(found, box) }) };
}

/** As shares of the input. */
function boxOf({ detection, height, width }: Subject): PlacedBox | undefined {
  if (!detection) return undefined;
  const [left, top, right, bottom] = detection.box as unknown as PlacedBox;
  return [left / width, top / height, right / width, bottom / height];
}

/** Boxes and parts in px of the input; writeAttribution brings them to the size of the pictures. */
function describe(
  { image, about, detection, height, width }: Subject,
  score: number,
  maps: AttributionMap[],
): Explanation {
  const [left, top, right, bottom] = detection ? [...detection.box] : [];
  return {
    ...{ image, ...about, score, maps, covers: [0, 0, width, height] },
    ...(detection && {
      detection: {
        rank: detection.rank,
        confidence: detection.confidence,
        box: [left!, top!, right! - left!, bottom! - top!],
      },
    }),
  };
}
