/**
 * The wire of the Batch panel: one update at a time of one stage, looked at from inside. The model says what is under way;
 * what each update looked like comes after it as news, each once, and all that is kept again to a page that starts anew.
 */
import type { BatchInspection, BatchSession } from '../../results/batchInspection';

export interface BatchTarget {
  /** Absolute path of the experiment file. */
  readonly file: string;
  /** Id of a stage of the plan, or of a pretraining or transfer. */
  readonly stage: string;
}

/** `idle`: nothing was started yet, or the window was. `ended`: the process is gone. */
export type BatchState = 'idle' | 'opening' | 'ready' | 'stepping' | 'ended';

export interface BatchModel {
  readonly title: string;
  readonly state: BatchState;
  readonly isTrusted: boolean;
  /** Why it ended, in a sentence. */
  readonly message?: string;
  /** What is looked at, once it is known. */
  readonly session?: BatchSession;
  readonly facts: readonly BatchFact[];
  /** What the page reads pictures from. */
  readonly folder: string;
  /** Updates made here. */
  readonly made: number;
  /** Updates asked for that are not made yet, the one under way among them. */
  readonly wanted: number;
  /** The experiment file is another than the one that is looked at. */
  readonly isStale: boolean;
  /** Where a debugger can attach, once it can. */
  readonly debugger?: string;
}

export interface BatchFact {
  readonly label: string;
  readonly value: string;
}

export type BatchNews =
  /** All that was told is of another session. */
  { readonly kind: 'begin' } | { readonly kind: 'inspected'; readonly inspection: BatchInspection };

export type BatchIntent =
  | { readonly type: 'step'; readonly count: number }
  /** The update under way is the last one of those asked for. */
  | { readonly type: 'pause' }
  /** Ends the process. */
  | { readonly type: 'cancel' }
  /** With the file as it is now; at the training's checkpoint where there is one, or at its start. */
  | { readonly type: 'startOver'; readonly fromCheckpoint: boolean }
  | { readonly type: 'attach' }
  /** Opens the experiment file at the stage's entry. */
  | { readonly type: 'reveal' }
  | { readonly type: 'trust' };

export type BatchTab = 'images' | 'layers' | 'parameters';

export type LayerSort = 'order' | 'name' | 'mean' | 'std' | 'dead' | 'gradient' | 'bad';
export type ParameterSort = 'order' | 'name' | 'norm' | 'gradient' | 'update' | 'bad';

/** What the webview keeps. */
export interface BatchView {
  readonly tab: BatchTab;
  /** The update that is looked at, by those made before it; the newest when absent. */
  readonly step?: number;
  /** Place in the batch. */
  readonly image?: number;
  readonly isLarge: boolean;
  /** Wanted side of a picture, px. */
  readonly tile: number;
  readonly filter: string;
  readonly layers: { readonly sort: LayerSort; readonly isDescending: boolean; readonly chosen?: string };
  readonly parameters: { readonly sort: ParameterSort; readonly isDescending: boolean; readonly chosen?: string };
  /** Counts of histograms on a logarithmic scale. */
  readonly isLog: boolean;
  readonly boxes: { readonly truth: boolean; readonly positive: boolean; readonly negative: boolean };
  /** Part of a detector whose candidates are drawn; the first when absent. */
  readonly boxStage?: string;
}

export const defaultBatchView: BatchView = {
  tab: 'images',
  isLarge: false,
  tile: 128,
  filter: '',
  layers: { sort: 'order', isDescending: false },
  parameters: { sort: 'order', isDescending: false },
  isLog: false,
  boxes: { truth: true, positive: true, negative: false },
};

export function isBatchTarget(value: unknown): value is BatchTarget {
  const { file, stage } = (value ?? {}) as Partial<Record<keyof BatchTarget, unknown>>;
  return typeof file === 'string' && typeof stage === 'string';
}
