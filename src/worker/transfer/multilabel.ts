/**
 * Which classes a picture holds, from frozen features: one linear SVM for each class against the rest on features of length
 * 1, its cost chosen by cross-validated average precision on the training split, scored by mean average precision on the
 * test split (the VOC07 protocol of Owens et al. 2016, arXiv 1608.07017, and Goyal et al. 2019, arXiv 1905.01235). Pictures
 * in which all objects of a class are difficult count as negatives in training and are left out in testing, as there.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FrozenStage } from '../../shared/experiment/stages';
import type { MultilabelTransfer } from '../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../shared/errors';
import { normalizeRows } from '../../shared/math/knn';
import { averagePrecision, decideRows, trainLinearSvm, type LinearSvm } from '../../shared/math/linearSvm';
import { deriveRandom } from '../../shared/random';
import type { LayerScore, TransferResult } from '../../shared/results/records';
import type { SceneDataset } from '../data/scenes';
import type { StageContext, StageOutput } from '../stageContext';
import { loadPart, matrixOf, type FrozenPart } from './frozenPart';

/** A picture holds a class (1), holds difficult objects of it alone (0), or does not hold it (−1). */
type Presence = Int8Array;

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

interface ClassScore {
  readonly name: string;
  readonly area: number;
  readonly elevenPoint: number;
}

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
  const unit = ({ part }: MultilabelPart) => {
    const { values, count, dimension } = matrixOf(part, layer);
    return normalizeRows(values, count, dimension);
  };
  const { dimension } = matrixOf(train.part, layer);
  const rows: Rows = { values: unit(train), dimension };
  const testValues = unit(test);
  const scores: ClassScore[] = [];
  for (const [c, name] of names.entries()) {
    await nextTurn();
    if (context.signal.aborted) throw new Cancelled();
    const labels = train.presence[c]!.map((presence) => (presence === 1 ? 1 : -1));
    const judged = Int32Array.from(test.presence[c]!.keys()).filter((row) => test.presence[c]![row] !== 0);
    const positive = Array.from(judged, (row) => test.presence[c]![row] === 1);
    if (!labels.includes(1) || !labels.includes(-1) || !positive.includes(true)) continue;
    const cost = await chooseCost(rows, labels, { settings, seed: context.seed, signal: context.signal });
    const decisions = decideRows(fit(rows, labels, { cost, settings, seed: context.seed }), testValues);
    const judgedScores = Array.from(judged, (row) => decisions[row]!);
    scores.push({
      name,
      area: averagePrecision(judgedScores, positive),
      elevenPoint: averagePrecision(judgedScores, positive, { elevenPoint: true }),
    });
    context.progress(c + 1, names.length, 'classes', `${layer} ${name}`);
  }
  if (scores.length === 0)
    throw new UserError('data', `"${settings.id}": no class is in both splits; use larger splits or other data`);
  return scores;
}

interface Rows {
  readonly values: Float32Array;
  readonly dimension: number;
}

function fit(
  { values, dimension }: Rows,
  labels: Int8Array,
  { cost, settings, seed }: { readonly cost: number; readonly settings: MultilabelTransfer; readonly seed: number },
): LinearSvm {
  return trainLinearSvm({ values, dimension, labels, cost, positiveWeight: settings.positiveWeight, seed });
}

/** The cost with the highest mean average precision over the folds; of equals the first. */
async function chooseCost(
  rows: Rows,
  labels: Int8Array,
  {
    settings,
    seed,
    signal,
  }: { readonly settings: MultilabelTransfer; readonly seed: number; readonly signal: AbortSignal },
): Promise<number> {
  if (settings.costs.length === 1) return settings.costs[0]!;
  const folds = foldsOf(labels, settings.folds, seed);
  let best = { cost: settings.costs[0]!, precision: -1 };
  for (const cost of settings.costs) {
    let sum = 0;
    for (const fold of folds) {
      await nextTurn();
      if (signal.aborted) throw new Cancelled();
      const model = fit(take(rows, fold.learnt), takeLabels(labels, fold.learnt), { cost, settings, seed });
      const precision = averagePrecision(
        decideRows(model, take(rows, fold.held).values),
        takeLabels(labels, fold.held).map((label) => Math.max(0, label)),
      );
      // A fold without positives says nothing.
      sum += Number.isNaN(precision) ? 0 : precision;
    }
    if (sum / folds.length > best.precision) best = { cost, precision: sum / folds.length };
  }
  return best.cost;
}

/** Each fold holds its part of the positives and of the negatives. */
function foldsOf(labels: Int8Array, count: number, seed: number): { learnt: Int32Array; held: Int32Array }[] {
  const fold = new Int32Array(labels.length);
  for (const sign of [1, -1]) {
    const rows = Int32Array.from(labels.keys()).filter((row) => labels[row] === sign);
    deriveRandom(seed, 'svm-folds', sign + 1)
      .permutation(rows.length)
      .forEach((at, i) => (fold[rows[at]!] = i % count));
  }
  const places = Int32Array.from(labels.keys());
  return Array.from({ length: count }, (_, f) => ({
    learnt: places.filter((row) => fold[row] !== f),
    held: places.filter((row) => fold[row] === f),
  }));
}

function take({ values, dimension }: Rows, rows: Int32Array): Rows {
  const taken = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => taken.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  return { values: taken, dimension };
}

function takeLabels(labels: Int8Array, rows: Int32Array): Int8Array {
  return Int8Array.from(rows, (row) => labels[row]!);
}

function meanOf(scores: readonly ClassScore[], key: 'area' | 'elevenPoint'): number {
  return scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
}
