/**
 * Analyses that are started from a panel: what it can offer, what the user wants, and how what was started is getting on.
 * Shared by the panels that have an `Analyse…` menu.
 */
import type { AnalysisKind } from '../../experiment/analysisKinds';
import type { AnalysisText } from '../../experiment/addAnalysis';
import type { RunReference } from './panelMessages';

/** What the experiment file has to choose from. */
export interface AnalysisOffer {
  /** Why nothing can be started, as a sentence; absent when something can. */
  readonly refusal?: string;
  /** All that can be computed; each panel offers those that it is about. */
  readonly kinds: readonly AnalysisKind[];
  /** Resolved ids, in the order of the file. */
  readonly pretrainings: readonly string[];
  /** Of the backbone, in depth order; `usual` are those that an analysis takes by itself. */
  readonly layers: readonly string[];
  readonly usual: readonly string[];
  /** What images can come from, with the split that is looked at by itself. */
  readonly data: readonly { readonly id: string; readonly split: string }[];
}

/** An analysis without its name, which is given to it when it is started. */
export interface AnalysisWish {
  readonly analysis: AnalysisText;
  /** Of the pretrainings; all of the file when absent. */
  readonly seed?: number;
}

export type AnalysisIntent =
  /** Run it beside those of the file, which stays as it is. */
  | { readonly type: 'startAnalysis'; readonly wish: AnalysisWish }
  /** Write it into the file. */
  | { readonly type: 'addAnalysis'; readonly wish: AnalysisWish }
  | { readonly type: 'cancelAnalysis'; readonly id: string };

/** Show the lines of an analysis: of the experiment file, or of the run's copy where it was started from a panel. */
export interface RevealAnalysisIntent {
  readonly type: 'revealAnalysis';
  readonly run: string;
  readonly analysis: string;
}

/** An analysis that was started and is not in the results yet. */
export interface StartedAnalysis {
  /** Of the launch or the run, for `cancelAnalysis`. */
  readonly id: string;
  /** Its name. */
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'stopping' | 'failed';
  /** 0..1, where something is counted. */
  readonly fraction?: number;
  /** `layer 2 of 4 · 0:40 left`, or why it failed. */
  readonly text: string;
  readonly run?: RunReference;
}

/** What one analysis has left of one pretraining. */
export interface AnalysisStage {
  readonly key: string;
  /** Name of the analysis. */
  readonly analysis: string;
  readonly pretraining: string;
  readonly seed: number;
  readonly run: string;
  /** URL of the folder with its files. */
  readonly folder: string;
  readonly data: string;
  readonly split: string;
  /** There where the analysis is not in the experiment file: what would be written into it. */
  readonly loose?: AnalysisText;
  readonly notes: readonly string[];
}

/** A pretraining of which there are such stages. */
export interface AnalysedPretraining {
  readonly id: string;
  /** Place in the experiment: decides colour and marker in every panel. */
  readonly look: number;
}
