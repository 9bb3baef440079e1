/** The kinds of work that a plan is made of. */
import type { PlannedStage } from '../results/runManifest';
import type { DetectionErrorsAnalysis, FeaturesAnalysis, NetworkAnalysis } from './analysisSchema';
import type { BackboneSettings, PretrainingSettings } from './schema';
import type {
  ClassificationTransfer,
  DetectionTransfer,
  FineTuningTransfer,
  FrozenTransfer,
  LinearProbeTransfer,
  PoolSettings,
} from './transferSchema';

interface StageBase extends PlannedStage {
  /** Keys of the stages whose results this one reads. */
  readonly needs: readonly string[];
  /** The seeds it stands for: more than `seed` when the seed cannot change the result. */
  readonly seeds: readonly number[];
}

export interface PretrainingStage extends StageBase {
  readonly kind: 'pretraining';
  readonly settings: {
    readonly backbone: BackboneSettings;
    /** `weights` has its `{seed}` filled in. */
    readonly pretraining: PretrainingSettings;
  };
}

/** Pooled features of named layers for one split. */
export interface FeaturesStage extends StageBase {
  readonly kind: 'features';
  readonly settings: FeaturesSettings;
}
export interface FeaturesSettings {
  /** Key into `Experiment.data`. */
  readonly data: string;
  readonly split: string;
  /** Size of the subset drawn with the stage's seed; absent means all. */
  readonly images?: number;
  readonly imageSize: number;
  readonly layers: readonly string[];
  readonly pool: PoolSettings;
  /** Room around each face or object where these are cut out one by one; absent: whole images. */
  readonly margin?: number;
}

/** A transfer that reads stored features of a frozen backbone. */
export interface FrozenStage extends StageBase {
  readonly kind: 'transfer';
  readonly transfer: string;
  readonly settings: FrozenTransfer;
  /** Key of the features learnt from (of the gallery, for retrieval). */
  readonly trainFeatures: string;
  /** Key of the features scored (of the queries, for retrieval). */
  readonly testFeatures: string;
}

/** A transfer that trains the backbone further on its task. */
export interface FineTuningStage extends StageBase {
  readonly kind: 'transfer';
  readonly transfer: string;
  readonly settings: FineTuningTransfer;
  readonly backbone: BackboneSettings;
  /** Key of the pretraining whose weights it starts from. */
  readonly weights: string;
}

export type TransferStage = FrozenStage | FineTuningStage;

/** An analysis of one pretraining's features, or of those of two where `against` says so. */
export interface FeaturesAnalysisStage extends StageBase {
  readonly kind: 'analysis';
  readonly analysis: string;
  readonly settings: FeaturesAnalysis;
  /** Key of the features looked at. */
  readonly features: string;
  /** Key of the other pretraining's features, which are its own where a pretraining is compared with itself. */
  readonly otherFeatures?: string;
}

/** An analysis of single images by a pretraining's network. */
export interface NetworkAnalysisStage extends StageBase {
  readonly kind: 'analysis';
  readonly analysis: string;
  readonly settings: NetworkAnalysis;
  readonly backbone: BackboneSettings;
  /** Key of the pretraining whose weights it looks at. */
  readonly weights: string;
  /** Key of the pretraining that it is compared with. */
  readonly otherWeights?: string;
  /** Of an attribution. */
  readonly explained?: ExplainedModel;
}

/** Whose scores an attribution explains: the classifier that the pretraining ended with, or a transfer's. */
export type ExplainedModel =
  | { readonly source: 'pretraining'; readonly data: string; readonly split: string }
  | {
      readonly source: 'fine-tuning';
      readonly key: string;
      readonly settings: ClassificationTransfer | DetectionTransfer;
    }
  | {
      readonly source: 'probe';
      readonly key: string;
      readonly settings: LinearProbeTransfer;
      /** Key of the features that it is fitted to. */
      readonly trainFeatures: string;
    };

/** An analysis of what a transfer of one pretraining found, or of that and another's where `against` says so. */
export interface TransferAnalysisStage extends StageBase {
  readonly kind: 'analysis';
  readonly analysis: string;
  readonly settings: DetectionErrorsAnalysis;
  /** Key of the transfer. */
  readonly measured: string;
  /** Key of the other pretraining's. */
  readonly otherMeasured?: string;
}

export type AnalysisStage = FeaturesAnalysisStage | NetworkAnalysisStage | TransferAnalysisStage;

export type Stage = PretrainingStage | FeaturesStage | TransferStage | AnalysisStage;

export function isFineTuningStage(stage: TransferStage): stage is FineTuningStage {
  return 'weights' in stage;
}

export function isNetworkStage(stage: AnalysisStage): stage is NetworkAnalysisStage {
  return 'weights' in stage;
}

export function isTransferAnalysis(stage: AnalysisStage): stage is TransferAnalysisStage {
  return 'measured' in stage;
}

export interface Plan {
  /** Every stage comes after those it needs; for each seed, pretraining by pretraining, then the analyses. */
  readonly stages: readonly Stage[];
}
