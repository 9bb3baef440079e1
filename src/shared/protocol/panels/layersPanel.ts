/**
 * The wire of the Layers panel: one run, its transfers by depth. The model holds every measured value, so that metric,
 * comparison and axis change without asking the host; what is drawn of it is worked out in shared/views/layersDepth.ts.
 */
import type { CosineHistogram } from '../../math/geometry/viewLikeness';
import type { MeanInterval } from '../../math/statistics';
import type { AnalysisIntent, AnalysisOffer, StartedAnalysis } from './analysisStart';
import type { Imageless, LinkIntent } from './links';
import type { RunReference } from './panelMessages';

export type LayersTarget = RunReference;

export interface LayersModel {
  readonly run: string;
  readonly name: string;
  readonly state: string;
  readonly isUnderWay: boolean;
  /** Transfer stages with a result, and all of them. */
  readonly finished: number;
  readonly total: number;
  readonly seeds: readonly number[];
  /** The pretraining with random weights, if there is one. */
  readonly reference: string | undefined;
  /** In the order of the experiment. */
  readonly pretrainings: readonly LayersPretraining[];
  /** Transfers, then analyses with numbers of each layer. */
  readonly transfers: readonly LayersTransfer[];
  /** Analyses that compare layers with layers; their `id` is one of `transfers`, too, which holds equal layers. */
  readonly comparisons: readonly LayersComparison[];
  /** Analyses that count pairs of images by how alike they are. */
  readonly likenesses: readonly LayersLikeness[];
  /** Transfers that differ in their number of labels alone, each set by growing number. */
  readonly budgets: readonly LayersBudget[];
  /** What a reader should know before believing the numbers. */
  readonly notes: readonly string[];
  /** Says in what the experiment file has moved on since; undefined when it has not, or is not there. */
  readonly stale: string | undefined;
  /** Numbers that lead to no images, with the reason. */
  readonly imageless: readonly Imageless[];
  /** The experiment file is there to be opened. */
  readonly hasFile: boolean;
  /** What can be started, and what was; absent where the experiment file is not known. */
  readonly analyses?: LayersAnalyses;
}

export interface LayersAnalyses {
  readonly offer: AnalysisOffer;
  readonly started: readonly StartedAnalysis[];
}

export interface LayersBudget {
  readonly transfers: readonly string[];
  /** Labelled images of each. */
  readonly images: readonly number[];
}

export interface LayersPretraining {
  readonly id: string;
  /** Place in the experiment: decides colour and marker in every panel. */
  readonly look: number;
  readonly method: string;
  /** How the weights were made, in a few words. */
  readonly origin: string;
  /** Of its training; absent where it was not trained here. */
  readonly steps?: number;
  /** The pretraining whose training it was kept from. */
  readonly snapshotOf?: string;
  readonly isStale: boolean;
}

export interface LayersTransfer {
  readonly id: string;
  /** `Transfers`, `Geometry` …: under what it is offered. */
  readonly group: string;
  readonly isAnalysis: boolean;
  /** Of a transfer; an analysis' kind. */
  readonly task: string;
  readonly data: string;
  /** What it was measured on, in a few words; of an analysis how it is read, and when not to trust it. */
  readonly about: string;
  readonly isStale: boolean;
  /** The headline first. */
  readonly metrics: readonly string[];
  /** What guessing gives, by metric; a metric for which that is not known is not there. */
  readonly chance: Readonly<Record<string, number>>;
  readonly layers: readonly LayerPlace[];
  /** One per pretraining, in the order of the model. */
  readonly series: readonly LayersSeries[];
}

export interface LayerPlace {
  readonly layer: string;
  /** Convolutions passed, as a share of all on the way through the backbone. */
  readonly depth: number;
  readonly dimension: number;
}

export interface LayersSeries {
  readonly pretraining: string;
  readonly seeds: readonly SeedScores[];
}

export interface SeedScores {
  readonly seed: number;
  /** What stands in tables for the transfer; absent for analyses. */
  readonly headline?: number;
  /** By metric, in the order of the transfer's layers; null where nothing was measured. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Layers of one network against layers of another. */
export interface LayersComparison {
  readonly id: string;
  readonly kind: string;
  readonly pairs: readonly ComparedPair[];
}

export interface ComparedPair {
  /** Pretrainings; the same twice where one is compared with itself. */
  readonly first: string;
  readonly second: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [rows][columns] means over seeds; null where there is none. */
  readonly cells: readonly (readonly (MeanInterval | null)[])[];
}

export interface LayersLikeness {
  readonly id: string;
  /** Of the first seed that was measured. */
  readonly series: readonly {
    readonly pretraining: string;
    readonly seed: number;
    readonly layers: readonly (CosineHistogram & { readonly layer: string })[];
  }[];
}

export type LayersIntent =
  | AnalysisIntent
  | LinkIntent
  /** Show the experiment file. */
  | { readonly type: 'openFile' };

/** What the webview keeps. */
export interface LayersView {
  readonly transfer?: string;
  /** All transfers as small multiples. */
  readonly isAll: boolean;
  /** Of those on screen together: `measureKey` of each; those that show most when absent. */
  readonly measures?: readonly string[];
  /** Two pretrainings whose layers are compared, as `pairKey`. */
  readonly pair?: string;
  /** The transfer's headline when absent, or when it lacks this one. */
  readonly metric?: string;
  /** Pretraining to be subtracted. */
  readonly baseline?: string;
  /** `labels` and `steps` where the transfer has them, else layers. */
  readonly axis: 'layer' | 'depth' | 'labels' | 'steps';
  readonly intervals: 'bands' | 'bars' | 'none';
  readonly showSeeds: boolean;
  /** Pretrainings that are switched off. */
  readonly hidden: readonly string[];
  readonly sort?: LayersSort;
}

export interface LayersSort {
  /** A layer; '' sorts by the pretrainings' names. */
  readonly column: string;
  readonly isDescending: boolean;
}

export const defaultLayersView: LayersView = {
  isAll: false,
  axis: 'layer',
  intervals: 'bands',
  showSeeds: false,
  hidden: [],
};
