/** What an attribution leaves in its stage's folder; see results/attribution.ts. */
import {
  ATTRIBUTION_FILE,
  ATTRIBUTION_TENSORS,
  ATTRIBUTION_VERSION,
  type AttributionFile,
  type Explanation,
} from '../../../shared/results/attribution';
import type { FileStamp } from '../../../shared/results/records';
import { sheetName } from '../../../shared/results/sceneSheets';
import { encodeSafetensors, type FileTensor } from '../../../shared/weights/safetensors';
import type { StageContext } from '../../stageContext';
import type { PictureStack } from '../pixelImages';
import type { AttributionWork } from './analyseAttribution';
import type { Explainer } from './subject';

export interface FoundAttribution {
  readonly work: AttributionWork;
  readonly explainer: Explainer;
  /** Boxes and parts in px of the network's input. */
  readonly explanations: readonly Explanation[];
  readonly tensors: ReadonlyMap<string, FileTensor>;
  readonly occlusion?: AttributionFile['occlusion'];
}

export async function writeAttribution(
  found: FoundAttribution,
  pictures: PictureStack,
  context: StageContext,
): Promise<Record<string, FileStamp>> {
  const files: Record<string, FileStamp> = {};
  const write = async (name: string, bytes: string | Uint8Array) => {
    files[name] = await context.stages.writeFile(context.key, name, bytes);
  };
  let sheet = 0;
  for await (const bytes of pictures.sheets()) await write(sheetName(sheet++), bytes);
  await write(ATTRIBUTION_TENSORS, encodeSafetensors(found.tensors));
  await write(ATTRIBUTION_FILE, JSON.stringify(describe(found, pictures.size)));
  return files;
}

function describe({ work, explainer, explanations, occlusion }: FoundAttribution, size: number): AttributionFile {
  const { stage, settings } = work;
  const model = stage.explained!;
  return {
    version: ATTRIBUTION_VERSION,
    kind: 'attribution',
    pretraining: stage.pretraining,
    data: settings.data,
    split: explainer.split,
    size,
    images: [...explainer.images],
    by:
      model.source === 'pretraining'
        ? { source: 'pretraining' }
        : { source: 'transfer', transfer: model.settings.id, task: model.settings.task },
    classes: [...explainer.classes],
    ...(occlusion && { occlusion }),
    explanations: explanations.map((one) => onPicture(one, size)),
  };
}

/** Numbers in px of the input in px of its picture, whose longer side is the picture's. */
function onPicture(one: Explanation, size: number): Explanation {
  const scale = size / Math.max(one.covers[2], one.covers[3]);
  const scaled = ([x, y, width, height]: Explanation['covers']): Explanation['covers'] => [
    x * scale,
    y * scale,
    width * scale,
    height * scale,
  ];
  return {
    ...one,
    covers: scaled(one.covers),
    ...(one.detection && { detection: { ...one.detection, box: scaled(one.detection.box) } }),
  };
}
