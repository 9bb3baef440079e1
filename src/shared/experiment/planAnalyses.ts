/** Analyses as stages: of each pretraining, or of each two, on their features or with the networks themselves. */
import {
  isSimilarity,
  readsNetwork,
  type AnalysisSettings,
  type DetectionErrorsAnalysis,
  type FeaturesAnalysis,
  type NetworkAnalysis,
  type SimilarityAnalysis,
} from './analysisSchema';
import type { Experiment } from './schema';
import type { Row, StageList } from './stageList';
import type { ExplainedModel, FeaturesSettings } from './stages';
import { resultSettings } from './stageSettings';
import { trainingOf } from './training';

/** What the rows of the plan have, by pretraining and seed. */
export interface PlannedRows {
  /** Key of the pretraining. */
  weightsOf(row: Row): string;
  /** What a transfer classifies with; undefined where it does not classify. */
  modelOf(row: Row, transfer: string): ExplainedModel | undefined;
  /** Plans features that are wanted; their key. */
  addFeatures(settings: FeaturesSettings, row: Row): string;
}

export class AnalysisPlanner {
  constructor(
    private readonly experiment: Experiment,
    private readonly list: StageList,
    private readonly rows: PlannedRows,
  ) {}

  /** One analysis for one seed: of each pretraining, or of each two. */
  add(analysis: AnalysisSettings, seed: number): void {
    if (analysis.kind === 'detection-errors') {
      for (const id of analysis.of) this.addDiagnosis(analysis, { pretraining: id, seed });
      return;
    }
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

  private addNetworkAnalysis(analysis: NetworkAnalysis, row: Row): void {
    const weights = this.rows.weightsOf(row);
    const other = this.otherOf(analysis, row);
    const explained = this.explainedBy(analysis, row);
    const read = [other?.otherWeights, ...keysOf(explained)].filter((key) => key !== undefined);
    this.list.add({
      kind: 'analysis',
      key: this.list.key('analysis', {
        analysis: resultSettings(analysis),
        ...('data' in analysis && { fingerprint: this.list.fingerprint(analysis.data) }),
        weights,
        ...(analysis.kind === 'inversion' && { lpips: analysis.lpips.map((file) => this.list.fileHash(file)) }),
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
      transfer === undefined ? this.ownClassifier(pretraining) : this.rows.modelOf({ pretraining, seed }, transfer);
    if (!model) throw new Error(`internal: \`${analysis.id}\` has no classifier of ${pretraining}`);
    return model;
  }

  private ownClassifier(id: string): ExplainedModel | undefined {
    const own = trainingOf(id, this.experiment.pretrainings);
    return own?.method === 'supervised' ? { source: 'pretraining', data: own.data, split: own.split } : undefined;
  }

  /** The pretraining that the channels of another are compared with; none where that is itself. */
  private otherOf(analysis: NetworkAnalysis, { pretraining, seed }: Row) {
    if (analysis.kind !== 'activations' || analysis.against === undefined) return undefined;
    const { against } = analysis;
    return against === pretraining
      ? undefined
      : { against, otherWeights: this.rows.weightsOf({ pretraining: against, seed }) };
  }

  private addDiagnosis(analysis: DetectionErrorsAnalysis, row: Row): void {
    const { pretraining, seed } = row;
    const keyOf = (id: string): string => {
      const model = this.rows.modelOf({ pretraining: id, seed }, analysis.transfer);
      if (model?.source !== 'fine-tuning') throw new Error(`internal: \`${analysis.id}\` has no detector of ${id}`);
      return model.key;
    };
    const measured = keyOf(pretraining);
    const against = analysis.against === pretraining ? undefined : analysis.against;
    const other = against === undefined ? undefined : { against, otherMeasured: keyOf(against) };
    this.list.add({
      kind: 'analysis',
      key: this.list.key('analysis', {
        analysis: resultSettings(analysis),
        measured,
        ...(other && { otherMeasured: other.otherMeasured, resamples: analysis.resamples, seed }),
      }),
      id: `${pretraining}/seed-${seed}/${analysis.id}`,
      label: `${analysis.id} of ${pretraining}, seed ${seed}`,
      ...{ ...row, ...other, seeds: [seed], analysis: analysis.id, settings: analysis, measured },
      needs: other ? [measured, other.otherMeasured] : [measured],
    });
  }

  private addSingle(analysis: FeaturesAnalysis, row: Row): void {
    const features = this.rows.addFeatures(analysisFeatures(analysis), row);
    this.list.add({
      kind: 'analysis',
      key: this.list.key('analysis', {
        analysis: resultSettings(analysis),
        fingerprint: this.list.fingerprint(analysis.data),
        features,
        ...(analysis.kind === 'embedding' && { seed: row.seed }),
      }),
      id: `${row.pretraining}/seed-${row.seed}/${analysis.id}`,
      label: `${analysis.id} of ${row.pretraining}, seed ${row.seed}`,
      ...{ ...row, seeds: [row.seed], analysis: analysis.id, needs: [features], settings: analysis, features },
    });
  }

  private addPair(analysis: SimilarityAnalysis, row: Row & { readonly against: string }): void {
    const { pretraining, against, seed } = row;
    const settings = analysisFeatures(analysis);
    const features = this.rows.addFeatures(settings, row);
    const other = { pretraining: against, seed };
    const otherFeatures = this.rows.addFeatures(settings, other);
    this.list.add({
      kind: 'analysis',
      key: this.list.key('analysis', { analysis: resultSettings(analysis), features, otherFeatures }),
      id: `${pretraining}~${against}/seed-${seed}/${analysis.id}`,
      label: `${analysis.id} of ${pretraining} and ${against}, seed ${seed}`,
      ...{ pretraining, against, seed, seeds: [seed], analysis: analysis.id, settings: analysis },
      needs: [...new Set([features, otherFeatures])],
      ...{ features, otherFeatures },
    });
  }
}

/** Keys of the stages that a classifier is made from, besides the pretraining. */
function keysOf(model: ExplainedModel | undefined): string[] {
  if (model === undefined || model.source === 'pretraining') return [];
  return model.source === 'probe' ? [model.key, model.trainFeatures] : [model.key];
}

function analysisFeatures({ data, split, images, imageSize, layers, pool }: FeaturesAnalysis): FeaturesSettings {
  return { data, split, images, imageSize, layers, pool };
}
