/**
 * What the wires of panels share that show what analyses left, of all runs of one experiment file: Features and Embedding.
 * The host says which stages there are and in which folders; the panel reads their files itself.
 */
import type { AnalysedPretraining, AnalysisOffer, AnalysisStage, StartedAnalysis } from './analysisStart';

export interface AnalysesTarget {
  /** The `.transferscope` folder. */
  readonly out: string;
  /** The experiment file as its runs name it. */
  readonly file: string;
}

export function isAnalysesTarget(value: unknown): value is AnalysesTarget {
  const { out, file } = (value ?? {}) as Partial<Record<keyof AnalysesTarget, unknown>>;
  return typeof out === 'string' && typeof file === 'string';
}

export interface AnalysesModel<Stage extends AnalysisStage> {
  readonly title: string;
  /** What is shown, in a few words. */
  readonly about: string;
  /** URL of the panel's worker. */
  readonly workerScript: string;
  /** In the order of the experiment. */
  readonly pretrainings: readonly AnalysedPretraining[];
  /** Finished stages, the one to be preferred first. */
  readonly stages: readonly Stage[];
  readonly offer: AnalysisOffer;
  readonly started: readonly StartedAnalysis[];
  /** In what the experiment file has moved on, as a sentence. */
  readonly stale?: string;
}
