/**
 * The classifier that a pretraining ended in: of a supervised one made here it stands in its checkpoint, of imported weights in
 * torchvision's layout it stands in their file. Other methods end in a projection or in nothing, and have none.
 */
import { readFile } from 'node:fs/promises';
import { UserError } from '../../shared/errors';
import type { StageRecord } from '../../shared/results/records';
import { decodeSafetensors } from '../../shared/weights/safetensors';
import { torchvision } from '../../shared/weights/families/torchvision';
import { recogniseOrRefuse, type WeightsMapping } from '../../shared/weights/recognise';
import type { TensorPlace } from '../../shared/weights/tensorPlace';
import { useWeights } from '../../shared/weights/useWeights';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { placePath } from '../data/placePath';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import type { StageContext } from '../stageContext';

export interface SourceClassifier {
  readonly classes: number;
  /** [classes, features] */
  readonly weights: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** Undefined where there is none; features: numbers of the pooled output. */
export async function findClassifier(
  record: StageRecord,
  features: number,
  context: StageContext,
): Promise<SourceClassifier | undefined> {
  if (record.result.kind !== 'pretraining') throw new Error('internal: not a pretraining');
  if (record.result.method === 'supervised') return ownClassifier(record, features, context);
  return record.result.method === 'imported' ? importedClassifier(record, features, context) : undefined;
}

async function ownClassifier(
  { key }: StageRecord,
  features: number,
  context: StageContext,
): Promise<SourceClassifier | undefined> {
  const file = context.stages.file(key, CHECKPOINT_FILE);
  const { tensors } = decodeSafetensors(await readFile(file), file);
  const [weights, bias] = [tensors.get('fc.weight'), tensors.get('fc.bias')];
  if (!weights || !bias || weights.shape[1] !== features) return undefined;
  return { classes: weights.shape[0]!, weights: weights.data as Float32Array, bias: bias.data as Float32Array };
}

interface ImportedSettings {
  readonly pretraining: { readonly weights: string; readonly mapping?: WeightsMapping };
}

/** A projection of a contrastive method has the same name in other layouts, which are left alone. */
async function importedClassifier(
  { settings }: StageRecord,
  features: number,
  { baseDir }: StageContext,
): Promise<SourceClassifier | undefined> {
  const { weights: written, mapping } = (settings as ImportedSettings).pretraining;
  const place = { path: placePath(written, baseDir), name: written };
  try {
    return await useWeights(place, weightPlatform, async (file) => {
      const recognition = recogniseOrRefuse(file, mapping);
      const [weights, bias] = ['fc.weight', 'fc.bias'].map((name) => file.tensors.get(`${recognition.prefix}${name}`));
      const isClassifier = recognition.family === torchvision && weights?.shape.length === 2 && bias;
      if (!isClassifier || weights.shape[1] !== features || bias.shape[0] !== weights.shape[0]) return undefined;
      const [values, offsets] = await Promise.all([weights, bias].map((tensor: TensorPlace) => tensor.read()));
      return { classes: weights.shape[0]!, weights: values!, bias: offsets! };
    });
  } catch (error) {
    // The weights themselves were kept; only their file may be gone.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
