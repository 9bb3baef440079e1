/**
 * From an experiment to the stages that compute it, each with a content key: the hash of everything that can change its
 * result, so that equal work is done once and a changed transfer leaves its pretraining alone. Pure: fingerprints of data
 * and files come in. The idea is Nix's and DVC's; left out: where and in which order stages really run.
 */
import type { Json } from '../hash';
import { AnalysisPlanner, type PlannedRows } from './planAnalyses';
import type { Experiment, PretrainingSettings, SnapshotPretraining } from './schema';
import { StageList, type PlanInputs, type Row } from './stageList';
import type { ExplainedModel, FeaturesSettings, Plan } from './stages';
import { trainingOf } from './training';
import { drawsNumbers, resultSettings, toJson } from './stageSettings';
import { isFineTuning, type FineTuningTransfer, type FrozenTransfer, type TransferSettings } from './transferSchema';

/** Plans an experiment. Keys depend on settings and inputs only, never on names, notes or order in the file. */
export function planStages(experiment: Experiment, inputs: PlanInputs): Plan {
  const list = new StageList(inputs);
  const rows = new RowPlanner(experiment, list);
  const analyses = new AnalysisPlanner(experiment, list, rows);
  for (const seed of experiment.seeds) {
    for (const pretraining of experiment.pretrainings) rows.addRow(pretraining, seed);
    for (const analysis of experiment.analyses) analyses.add(analysis, seed);
  }
  return { stages: list.finish(experiment.seeds.length > 1) };
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

/** Pretrainings with their features and transfers. */
class RowPlanner implements PlannedRows {
  /** Keys of pretrainings by id and seed. */
  private readonly weights = new Map<string, string>();
  /** What transfers classify with, by pretraining, seed and transfer. */
  private readonly models = new Map<string, ExplainedModel>();

  constructor(
    private readonly experiment: Experiment,
    private readonly list: StageList,
  ) {}

  /** One pretraining for one seed, its features and its transfers. */
  addRow(pretraining: PretrainingSettings, seed: number): void {
    const weights = this.addPretraining(pretraining, seed);
    this.weights.set(`${pretraining.id} ${seed}`, weights);
    for (const transfer of this.experiment.transfers) {
      if (!transfer.of.includes(pretraining.id)) continue;
      const row = { pretraining: pretraining.id, seed };
      const model = isFineTuning(transfer) ? this.addFineTuning(transfer, weights, row) : this.addFrozen(transfer, row);
      if (model) this.models.set(`${pretraining.id} ${seed} ${transfer.id}`, model);
    }
  }

  private addPretraining(pretraining: PretrainingSettings, seed: number): string {
    const settings =
      pretraining.method === 'imported'
        ? { ...pretraining, weights: fillSeed(pretraining.weights, seed) }
        : pretraining;
    const training = settings.method === 'snapshot' ? this.addTrainingOf(settings, seed) : undefined;
    const key = this.list.key('pretraining', {
      ...(training === undefined ? { backbone: toJson(this.experiment.backbone) } : { training }),
      pretraining: resultSettings(settings),
      ...this.sourceOf(settings, seed),
    });
    const label = `${pretraining.id}, seed ${seed}`;
    this.list.add({
      kind: 'pretraining',
      key,
      id: `${pretraining.id}/seed-${seed}`,
      label,
      pretraining: pretraining.id,
      seed,
      seeds: [seed],
      needs: training === undefined ? [] : [training],
      settings: { backbone: this.experiment.backbone, pretraining: settings },
    });
    return key;
  }

  /** What a snapshot is of comes before it, wherever it stands in the file. */
  private addTrainingOf({ of }: SnapshotPretraining, seed: number): string {
    return this.addPretraining(trainingOf(of, this.experiment.pretrainings)!, seed);
  }

  /** What a pretraining starts from: a file by its content, images by their fingerprint, random numbers by their seed. */
  private sourceOf(pretraining: PretrainingSettings, seed: number): Record<string, Json> {
    if (pretraining.method === 'snapshot') return {};
    if (pretraining.method === 'random' && pretraining.batchNorm === 'initial') return { seed };
    if (pretraining.method === 'imported') return { file: this.list.fileHash(pretraining.weights) };
    return { seed, fingerprint: this.list.fingerprint(pretraining.data) };
  }

  private addFineTuning(transfer: FineTuningTransfer, weights: string, row: Row): ExplainedModel | undefined {
    const key = this.list.key('transfer', {
      transfer: resultSettings(transfer),
      fingerprint: this.list.fingerprint(transfer.data),
      splits: { train: transfer.train, test: transfer.test },
      weights,
      seed: row.seed,
    });
    this.list.add({
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

  private addFrozen(transfer: FrozenTransfer, row: Row): ExplainedModel | undefined {
    const parts = splitsOf(transfer);
    const trainFeatures = this.addFeatures(featuresFor(transfer, parts.train), row);
    const testFeatures = this.addFeatures(featuresFor(transfer, parts.test), row);
    const key = this.list.key('transfer', {
      transfer: resultSettings(transfer),
      fingerprint: this.list.fingerprint(transfer.data),
      trainFeatures,
      testFeatures,
      ...(drawsNumbers(transfer) ? { seed: row.seed } : {}),
    });
    this.list.add({
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

  weightsOf({ pretraining, seed }: Row): string {
    return this.weights.get(`${pretraining} ${seed}`)!;
  }

  modelOf({ pretraining, seed }: Row, transfer: string): ExplainedModel | undefined {
    return this.models.get(`${pretraining} ${seed} ${transfer}`);
  }

  addFeatures(settings: FeaturesSettings, row: Row): string {
    const weights = this.weightsOf(row);
    const { data, ...rest } = settings;
    const key = this.list.key('features', {
      settings: toJson(rest),
      fingerprint: this.list.fingerprint(data),
      weights,
      ...(settings.images === undefined ? {} : { seed: row.seed }),
    });
    this.list.add({
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
