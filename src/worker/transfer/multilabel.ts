/**
 * Which classes a picture holds, from frozen features: one linear SVM for each class against the rest on features of length
 * 1, its cost chosen by cross-validated average precision on the training split, scored by mean average precision on the
 * test split (the VOC07 protocol of Owens et al. 2016, arXiv 1608.07017, and Goyal et al. 2019, arXiv 1905.01235). Pictures
 * in which all objects of a class are difficult count as negatives in training and are left out in testing, as there.
 */
import type { FrozenStage } from '../../shared/experiment/stages';
import type { MultilabelTransfer } from '../../shared/experiment/transferSchema';
import { UserError } from '../../shared/errors';
import { normalizeRows } from '../../shared/math/knn';
import type { LayerScore, TransferResult } from '../../shared/results/records';
import type { SceneDataset } from '../data/scenes';
import type { StageContext, StageOutput } from '../stageContext';
import { loadPart, matrixOf, type FrozenPart } from './frozenPart';
import { dealFolds, scorePresence, type Presence, type PresenceScore, type Rows } from './presenceSvm';

interface MultilabelPart {
  readonly part: FrozenPart;
  /** By class, [count] each. */
  readonly presence: readonly Presence[];
}

export async function runMultilabel(
  stage: FrozenStage,
  settings: MultilabelTransfer,
  context: StageContext,
): Promise<StageOutput> {
  const { names, train, test } = await loadBoth(stage, settings, context);
  const layers: LayerScore[] = [];
  let perClass: Record<string, number> = {};
  for (const [position, layer] of settings.layers.entries()) {
    const scores = await scoreLayer({ layer, names, train, test }, settings, context);
    const depth = settings.layers.length > 1 ? position / (settings.layers.length - 1) : 1;
    const metrics = { map: meanOf(scores, 'area'), map11: meanOf(scores, 'elevenPoint') };
    layers.push({ layer, depth, dimension: matrixOf(test.part, layer).dimension, metrics });
    perClass = Object.fromEntries(scores.map(({ name, area }) => [name, area]));
  }
  const last = layers.at(-1)!;
  const result: TransferResult = {
    kind: 'transfer',
    task: settings.task,
    data: settings.data,
    trainImages: train.part.labels.length,
    testImages: test.part.labels.length,
    classes: names.length,
    layers,
    perClass,
    headline: { metric: 'map', layer: last.layer, value: last.metrics.map! },
    notes: [],
  };
  return { result, files: {} };
}

async function loadBoth(stage: FrozenStage, settings: MultilabelTransfer, context: StageContext) {
  const load = async (key: string, split: string) => {
    const part = await loadPart(context.needs.get(key), stage, context);
    const scenes = await context.data.scenes({ id: settings.data, split });
    return { part, scenes };
  };
  const train = await load(stage.trainFeatures, settings.train);
  const test = await load(stage.testFeatures, settings.test);
  const names = train.scenes.classes;
  const strange = test.scenes.classes.find((name) => !names.includes(name));
  if (strange !== undefined)
    throw new UserError(
      'data',
      `"${settings.id}": ${settings.test} has the class ${strange}, which ${settings.train} lacks; list \`classes\` of the data`,
    );
  const presenceIn = ({ part, scenes }: { part: FrozenPart; scenes: SceneDataset }): MultilabelPart => ({
    part,
    presence: names.map((name) => presenceOf(scenes, scenes.classes.indexOf(name), part.features.indices)),
  });
  return { names, train: presenceIn(train), test: presenceIn(test) };
}

function presenceOf({ truth, offsets }: SceneDataset, category: number, images: Int32Array): Presence {
  return Int8Array.from(images, (image) => {
    let presence = -1;
    for (let row = offsets[image]!; row < offsets[image + 1]!; row++) {
      if (truth.category[row] === category) presence = Math.max(presence, truth.isIgnored[row] === 1 ? 0 : 1);
    }
    return presence;
  });
}

type ClassScore = { readonly name: string } & PresenceScore;

interface LayerParts {
  readonly layer: string;
  readonly names: readonly string[];
  readonly train: MultilabelPart;
  readonly test: MultilabelPart;
}

/** Classes that one of the splits does not show are left out. */
async function scoreLayer(
  { layer, names, train, test }: LayerParts,
  settings: MultilabelTransfer,
  context: StageContext,
): Promise<ClassScore[]> {
  const unit = ({ part }: MultilabelPart): Rows => {
    const { values, count, dimension } = matrixOf(part, layer);
    return { values: normalizeRows(values, count, dimension), dimension };
  };
  const features = { train: unit(train), test: unit(test) };
  const { seed, signal } = context;
  const scores: ClassScore[] = [];
  for (const [c, name] of names.entries()) {
    const presence = { train: train.presence[c]!, test: test.presence[c]! };
    const foldsOf = (labels: Int8Array) => dealFolds(labels, settings.folds, seed);
    const score = await scorePresence({ features, presence, foldsOf }, { ...settings, seed, signal });
    if (score) scores.push({ name, ...score });
    context.progress(c + 1, names.length, 'classes', `${layer} ${name}`);
  }
  if (scores.length === 0)
    throw new UserError('data', `"${settings.id}": no class is in both splits; use larger splits or other data`);
  return scores;
}

function meanOf(scores: readonly ClassScore[], key: 'area' | 'elevenPoint'): number {
  return scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
}
