/**
 * From an experiment to the stages that compute it, each with a content key: the hash of everything that can change its
 * result, so that equal work is done once and a changed transfer leaves its pretraining alone. Pure: fingerprints of data
 * and files come in. The idea is Nix's and DVC's; left out: where and in which order stages really run.
 */
import { UserError } from '../errors';
import { contentKey, type Json } from '../hash';
import type { StageKind } from '../results/records';
import { drawsNumbers, resultSettings, toJson } from './stageSettings';
import type { ExplainedModel, FeaturesSettings, Plan, Stage } from './stages';
import {
  isSimilarity,
  readsNetwork,
  type AnalysisSettings,
  type FeaturesAnalysis,
  type NetworkAnalysis,
  type SimilarityAnalysis,
} from './analysisSchema';
import { isFineTuning, type FineTuningTransfer, type FrozenTransfer, type TransferSettings } from './transferSchema';
import type { Experiment, PretrainingSettings } from './schema';

export interface PlanInputs {
  /** `DataSource.fingerprint` by key of `Experiment.data`. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** SHA-256 of weight files, by path as written with `{seed}` filled in (see `weightFiles`). */
  readonly fileHashes: Readonly<Record<string, string>>;
  /** Runtimes whose results agree only within a tolerance have different families. */
  readonly runtimeFamily: string;
  /** Raised when a stage's code changes its result. */
  readonly codeVersions: Readonly<Record<StageKind, string>>;
}

/** Plans an experiment. Keys depend on settings and inputs only, never on names, notes or order in the file. */
export function planStages(experiment: Experiment, inputs: PlanInputs): Plan {
  const planner = new Planner(experiment, inputs);
  for (const seed of experiment.seeds) {
    for (const pretraining of experiment.pretrainings) planner.addRow(pretraining, seed);
    for (const analysis of experiment.analyses) planner.addAnalysis(analysis, seed);
  }
  return { stages: planner.finish() };
}

/** Paths of the weight files that an experiment reads, as written, with `{seed}` filled in. */
export function weightFiles(experiment: Experiment): readonly string[] {
  const files = experiment.pretrainings.flatMap((pretraining) =>
    pretraining.method === 'imported' ? experiment.seeds.map((seed) => fillSeed(pretraining.weights, seed)) : [],
  );
  const ofDistances = experiment.analyses.flatMap((analysis) => (analysis.kind === 'inversion' ? analysis.lpips : []));
  return [...new Set([...files, ...ofDistances])];
}

/** A path with `{seed}` filled in. */
export function fillSeed(path: string, seed: number): string {
  return path.replaceAll('{seed}', String(seed));
}

class Planner {
  private readonly stages: Stage[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly ids = new Set<string>();
  /** Keys of pretrainings by id and seed. */
  private readonly weights = new Map<string, string>();
  /** What transfers classify with, by pretraining, seed and transfer. */
  private readonly models = new Map<string, ExplainedModel>();

  constructor(
    private readonly experiment: Experiment,
    private readonly inputs: PlanInputs,
  ) {}

  /** One pretraining for one seed, its features and its transfers. */
  addRow(pretraining: PretrainingSettings, seed: number): void {
    const weights = this.addPretraining(pretraining, seed);
    this.weights.set(`${pretraining.id} ${seed}`, weights);
    for (const transfer of this.experiment.transfers) {
      if (!transfer.of.includes(pretraining.id)) continue;
      const row = { pretraining: pretraining.id, seed };
      const model = isFineTuning(transfer)
        ? this.addFineTuning(transfer, weights, row)
        : this.addFrozen(transfer, weights, row);
      if (model) this.models.set(`${pretraining.id} ${seed} ${transfer.id}`, model);
    }
  }

  /** One analysis for one seed: of each pretraining, or of each two. */
  addAnalysis(analysis: AnalysisSettings, seed: number): void {
    if (readsNetwork(analysis)) {
      for (const id of analysis.of) this.addNetworkAnalysis(analysis, { pretraining: id, seed });
      return;
    }
    if (!isSimilarity(analysis)) {
      for (const id of analysis.of) this.addSingle(analysis, { pretraining: id, seed });
      return;
    }
    const { between } = analysis;
    if (between.length === 1) this.addPair(analysis, { pretraining: between[0]!, against: between[0]!, seed });
    between.forEach((id, index) => {
      for (const other of between.slice(index + 1)) this.addPair(analysis, { pretraining: id, against: other, seed });
    });
  }

  finish(): readonly Stage[] {
    const manySeeds = this.experiment.seeds.length > 1;
    return this.stages.map((stage) =>
      manySeeds && stage.seeds.length > 1
        ? { ...stage, id: stage.id.replace(`/seed-${stage.seed}`, '/all-seeds') }
        : stage,
    );
  }

  private addPretraining(pretraining: PretrainingSettings, seed: number): string {
    const settings =
      pretraining.method === 'imported'
        ? { ...pretraining, weights: fillSeed(pretraining.weights, seed) }
        : pretraining;
    const key = this.key('pretraining', {
      backbone: toJson(this.experiment.backbone),
      pretraining: resultSettings(settings),
      ...this.sourceOf(settings, seed),
    });
    const label = `${pretraining.id}, seed ${seed}`;
    this.add({
      kind: 'pretraining',
      key,
      id: `${pretraining.id}/seed-${seed}`,
      label,
      pretraining: pretraining.id,
      seed,
      seeds: [seed],
      needs: [],
      settings: { backbone: this.experiment.backbone, pretraining: settings },
    });
    return key;
  }

  /** What a pretraining starts from: a file by its content, images by their fingerprint, random numbers by their seed. */
  private sourceOf(pretraining: PretrainingSettings, seed: number): Record<string, Json> {
    if (pretraining.method === 'random' && pretraining.batchNorm === 'initial') return { seed };
    if (pretraining.method === 'imported') return { file: this.fileHash(pretraining.weights) };
    return { seed, fingerprint: this.fingerprint(pretraining.data) };
  }

  private addFineTuning(transfer: FineTuningTransfer, weights: string, row: Row): ExplainedModel | undefined {
    const key = this.key('transfer', {
      transfer: resultSettings(transfer),
      fingerprint: this.fingerprint(transfer.data),
      splits: { train: transfer.train, test: transfer.test },
      weights,
      seed: row.seed,
    });
    this.add({
      kind: 'transfer',
      key,
      ...transferNames(transfer, row),
      needs: [weights],
      settings: transfer,
      backbone: this.experiment.backbone,
      weights,
    });
    const isExplained = transfer.task === 'classification' || transfer.task === 'detection';
    return isExplained ? { source: 'fine-tuning', key, settings: transfer } : undefined;
  }

  private addFrozen(transfer: FrozenTransfer, weights: string, row: Row): ExplainedModel | undefined {
    const parts = splitsOf(transfer);
    const trainFeatures = this.addFeatures(featuresFor(transfer, parts.train), weights, row);
    const testFeatures = this.addFeatures(featuresFor(transfer, parts.test), weights, row);
    const key = this.key('transfer', {
      transfer: resultSettings(transfer),
      fingerprint: this.fingerprint(transfer.data),
      trainFeatures,
      testFeatures,
      ...(drawsNumbers(transfer) ? { seed: row.seed } : {}),
    });
    this.add({
      kind: 'transfer',
      key,
      ...transferNames(transfer, row),
      needs: [...new Set([trainFeatures, testFeatures])],
      settings: transfer,
      trainFeatures,
      testFeatures,
    });
    return transfer.task === 'linear-probe' ? { source: 'probe', key, settings: transfer, trainFeatures } : undefined;
  }

  private addNetworkAnalysis(analysis: NetworkAnalysis, row: Row): void {
    const weights = this.weightsOf(row);
    const other = this.otherOf(analysis, row);
    const explained = this.explainedBy(analysis, row);
    const read = [other?.otherWeights, ...keysOf(explained)].filter((key) => key !== undefined);
    this.add({
      kind: 'analysis',
      key: this.key('analysis', {
        analysis: resultSettings(analysis),
        fingerprint: this.fingerprint(analysis.data),
        weights,
        ...(analysis.kind === 'inversion' && { lpips: analysis.lpips.map((file) => this.fileHash(file)) }),
        seed: row.seed,
        ...(other && { otherWeights: other.otherWeights }),
        ...(explained && { explained: [explained.source, ...keysOf(explained)] }),
      }),
      id: `${row.pretraining}/seed-${row.seed}/${analysis.id}`,
      label: `${analysis.id} of ${row.pretraining}, seed ${row.seed}`,
      ...{ ...row, ...other, seeds: [row.seed], analysis: analysis.id, settings: analysis, weights },
      ...(explained && { explained }),
      needs: [...new Set([weights, ...read])],
      backbone: this.experiment.backbone,
    });
  }

  private explainedBy(analysis: NetworkAnalysis, { pretraining, seed }: Row): ExplainedModel | undefined {
    const isOfClasses = analysis.kind === 'maximisation' && analysis.maximise === 'class';
    if (analysis.kind !== 'attribution' && !isOfClasses) return undefined;
    const transfer = analysis.kind === 'attribution' ? analysis.transfer : undefined;
    const model =
      transfer === undefined ? this.ownClassifier(pretraining) : this.models.get(`${pretraining} ${seed} ${transfer}`);
    if (!model) throw new Error(`internal: \`${analysis.id}\` has no classifier of ${pretraining}`);
    return model;
  }

  private ownClassifier(id: string): ExplainedModel | undefined {
    const own = this.experiment.pretrainings.find((one) => one.id === id);
    return own?.method === 'supervised' ? { source: 'pretraining', data: own.data, split: own.split } : undefined;
  }

  /** The pretraining that the channels of another are compared with; none where that is itself. */
  private otherOf(analysis: NetworkAnalysis, { pretraining, seed }: Row) {
    if (analysis.kind !== 'activations' || analysis.against === undefined) return undefined;
    const { against } = analysis;
    return against === pretraining
      ? undefined
      : { against, otherWeights: this.weightsOf({ pretraining: against, seed }) };
  }

  private addSingle(analysis: FeaturesAnalysis, row: Row): void {
    const features = this.addFeatures(analysisFeatures(analysis), this.weightsOf(row), row);
    this.add({
      kind: 'analysis',
      key: this.key('analysis', {
        analysis: resultSettings(analysis),
        fingerprint: this.fingerprint(analysis.data),
        features,
      }),
      id: `${row.pretraining}/seed-${row.seed}/${analysis.id}`,
      label: `${analysis.id} of ${row.pretraining}, seed ${row.seed}`,
      ...{ ...row, seeds: [row.seed], analysis: analysis.id, needs: [features], settings: analysis, features },
    });
  }

  private addPair(analysis: SimilarityAnalysis, row: Row & { readonly against: string }): void {
    const { pretraining, against, seed } = row;
    const settings = analysisFeatures(analysis);
    const features = this.addFeatures(settings, this.weightsOf(row), row);
    const other = { pretraining: against, seed };
    const otherFeatures = this.addFeatures(settings, this.weightsOf(other), other);
    this.add({
      kind: 'analysis',
      key: this.key('analysis', { analysis: resultSettings(analysis), features, otherFeatures }),
      id: `${pretraining}~${against}/seed-${seed}/${analysis.id}`,
      label: `${analysis.id} of ${pretraining} and ${against}, seed ${seed}`,
      ...{ pretraining, against, seed, seeds: [seed], analysis: analysis.id, settings: analysis },
      needs: [...new Set([features, otherFeatures])],
      ...{ features, otherFeatures },
    });
  }

  private weightsOf({ pretraining, seed }: Row): string {
    return this.weights.get(`${pretraining} ${seed}`)!;
  }

  private addFeatures(settings: FeaturesSettings, weights: string, row: Row): string {
    const { data, ...rest } = settings;
    const key = this.key('features', {
      settings: toJson(rest),
      fingerprint: this.fingerprint(data),
      weights,
      ...(settings.images === undefined ? {} : { seed: row.seed }),
    });
    this.add({
      kind: 'features',
      key,
      id: `${row.pretraining}/seed-${row.seed}/features/${data}:${settings.split}`,
      label: `features of ${data} ${settings.split} by ${row.pretraining}, seed ${row.seed}`,
      pretraining: row.pretraining,
      seed: row.seed,
      seeds: [row.seed],
      needs: [weights],
      settings,
    });
    return key;
  }

  /** Adds a stage, or its seed to the equal stage of the same pretraining and transfer. */
  private add(stage: Stage): void {
    const place = [stage.key, stage.pretraining, stage.against, stage.transfer, stage.analysis].join(' ');
    const index = this.byKey.get(place);
    const known = index === undefined ? undefined : this.stages[index]!;
    if (index !== undefined && known) {
      if (!known.seeds.includes(stage.seed)) this.stages[index] = { ...known, seeds: [...known.seeds, stage.seed] };
      return;
    }
    let id = stage.id;
    for (let n = 2; this.ids.has(id); n++) id = `${stage.id}-${n}`;
    this.ids.add(id);
    this.byKey.set(place, this.stages.length);
    this.stages.push({ ...stage, id });
  }

  private key(kind: StageKind, parts: Record<string, Json>): string {
    return contentKey({ kind, code: this.inputs.codeVersions[kind], runtime: this.inputs.runtimeFamily, ...parts });
  }

  private fingerprint(data: string): string {
    const fingerprint = this.inputs.fingerprints[data];
    if (fingerprint === undefined) throw new Error(`internal: no fingerprint for data "${data}"`);
    return fingerprint;
  }

  private fileHash(path: string): string {
    const hash = this.inputs.fileHashes[path];
    if (hash === undefined)
      throw new UserError(
        'weights',
        `The weights file ${path} was not found; check the path, which is relative to the experiment file.`,
      );
    return hash;
  }
}

/** Keys of the stages that a classifier is made from, besides the pretraining. */
function keysOf(model: ExplainedModel | undefined): string[] {
  if (model === undefined || model.source === 'pretraining') return [];
  return model.source === 'probe' ? [model.key, model.trainFeatures] : [model.key];
}

/** Whose weights, and which of the repetitions. */
interface Row {
  readonly pretraining: string;
  readonly seed: number;
}

function transferNames(transfer: TransferSettings, { pretraining, seed }: Row) {
  return {
    id: `${pretraining}/seed-${seed}/${transfer.id}`,
    label: `${transfer.id} of ${pretraining}, seed ${seed}`,
    pretraining,
    transfer: transfer.id,
    seed,
    seeds: [seed],
  };
}

function featuresFor(
  transfer: FrozenTransfer,
  part: { readonly split: string; readonly images?: number },
): FeaturesSettings {
  const { data, imageSize, layers, pool } = transfer;
  const margin = transfer.task === 'landmark-probe' ? { margin: transfer.margin } : {};
  return { data, split: part.split, images: part.images, imageSize, layers, pool, ...margin };
}

function analysisFeatures({ data, split, images, imageSize, layers, pool }: FeaturesAnalysis): FeaturesSettings {
  return { data, split, images, imageSize, layers, pool };
}

function splitsOf(
  transfer: FrozenTransfer,
): Record<'train' | 'test', { readonly split: string; readonly images?: number }> {
  if (transfer.task === 'retrieval') return { train: { split: transfer.gallery }, test: { split: transfer.query } };
  if (transfer.task === 'few-shot') return { train: { split: transfer.train }, test: { split: transfer.test } };
  return {
    train: { split: transfer.train, images: transfer.trainImages },
    test: { split: transfer.test, images: transfer.testImages },
  };
}
