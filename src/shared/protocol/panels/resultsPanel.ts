/** The Results view of the side bar: what the host sends down and what the user asks for. */
import type { Finding } from '../../views/report/findings';
import type { StageState } from '../../results/runManifest';
import type { RunReference } from './panelMessages';

export type ResultsModel = EmptyResults | ShownResults;

/** No experiment file has been looked at yet. */
export interface EmptyResults {
  readonly kind: 'empty';
}

export interface ShownResults {
  readonly kind: 'experiment';
  /** URI of the experiment file. */
  readonly file: string;
  readonly name: string;
  /** Relative to the workspace. */
  readonly path: string;
  /** `2 errors, 1 warning`; absent when there are none. */
  readonly problems?: { readonly text: string; readonly isError: boolean };
  readonly run: RunLine;
  readonly buttons: readonly RunButton[];
  /** Why there is no button that one would expect, or why the file's last words are not here, as a sentence. */
  readonly hint?: string;
  readonly live: readonly LiveStage[];
  readonly columns: readonly ResultsColumn[];
  readonly rows: readonly ResultsRow[];
  /** Drawn as further columns where the user wants them; absent while nothing is known. */
  readonly costs?: ResultsCosts;
  /** That figures are stale, as a sentence. */
  readonly stale?: string;
  readonly findings: readonly Finding[];
  /** By cursor and by the selection that panels share. */
  readonly highlight: ResultsHighlight;
}

export interface ResultsCosts {
  /** Ids as `isCostColumn` knows them. */
  readonly columns: readonly ResultsColumn[];
  /** By pretraining, in the order of the columns. */
  readonly cells: Readonly<Record<string, readonly ResultsCell[]>>;
}

/** Ids of transfers have no spaces. */
export function isCostColumn(id: string): boolean {
  return id.startsWith('cost ');
}

export interface ResultsHighlight {
  readonly pretrainings: readonly string[];
  readonly transfers: readonly string[];
}

export type RunLineState =
  | 'none'
  | 'queued'
  | 'preparing'
  | 'running'
  | 'stopping'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'interrupted'
  | 'unreadable';

/** The last run, or the one that waits for its turn. */
export interface RunLine {
  readonly state: RunLineState;
  /** Name of the run; empty when there is none yet. */
  readonly run: string;
  readonly target?: RunReference;
  /** `18/24 stages · 2 failed · 5 min ago`. */
  readonly summary: string;
  /** 0..1 while it goes on. */
  readonly fraction?: number;
  /** `about 2:10 left`. */
  readonly left?: string;
  /** Why it failed. */
  readonly message?: string;
}

export type RunAction = 'run' | 'stop' | 'resume' | 'trust';

export interface RunButton {
  readonly action: RunAction;
  readonly label: string;
  readonly title: string;
  readonly isPrimary: boolean;
}

/** A stage under way. */
export interface LiveStage {
  readonly id: string;
  /** `moco, seed 1`. */
  readonly title: string;
  readonly pretraining: string;
  /** Place of the pretraining in the file, for its colour. */
  readonly look: number;
  /** 0..1; absent before anything is counted. */
  readonly fraction?: number;
  /** `340/1200 steps · 2:10 left`. */
  readonly text: string;
  readonly target: RunReference;
  readonly curves: readonly LiveCurve[];
}

export interface LiveCurve {
  /** As it is called in metrics.jsonl. */
  readonly metric: string;
  readonly name: string;
  /** The newest value as it is written. */
  readonly last: string;
  /** Step and value, in the order of steps. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface ResultsColumn {
  readonly id: string;
  /** As written in the file: what can be run alone. */
  readonly written: string;
  readonly short: string;
  readonly title: string;
}

export interface ResultsRow {
  readonly id: string;
  readonly written: string;
  readonly look: number;
  readonly state: CellState;
  readonly fraction?: number;
  readonly isStale: boolean;
  /** Shown when the pointer rests, and read. */
  readonly title: string;
  readonly cells: readonly ResultsCell[];
}

/** `none`: never run; `apart`: the transfer is not for this pretraining. */
export type CellState = StageState | 'none' | 'apart';

export interface ResultsCell {
  readonly transfer: string;
  readonly state: CellState;
  /** Of the pair over its seeds, while it runs. */
  readonly fraction?: number;
  /** In percent. */
  readonly value?: string;
  /** `± 1.2`. */
  readonly interval?: string;
  /** `n = 2`, where fewer seeds are in than the file has. */
  readonly count?: string;
  /** Highest mean of its column. */
  readonly isBest: boolean;
  readonly isStale: boolean;
  /** All that is known, in sentences. */
  readonly title: string;
  /** What it opens. */
  readonly opens: 'transfer' | 'run' | 'log' | 'nothing';
  readonly target?: RunReference;
}

export type ResultsIntent =
  | { readonly type: RunAction }
  | { readonly type: 'newExperiment' | 'openExperiment' | 'openFile' | 'showProblems' }
  /** Shows the entry in the file. */
  | { readonly type: 'reveal'; readonly id: string }
  | {
      readonly type: 'openTransfer';
      readonly target: RunReference;
      readonly pretraining: string;
      readonly transfer: string;
    }
  | { readonly type: 'openRun' | 'showLog'; readonly target: RunReference };

/** What the webview keeps. */
export interface ResultsView {
  /** The cell that the keyboard is on, by ids; '' is a heading. */
  readonly cursor: { readonly pretraining: string; readonly transfer: string };
  readonly scroll: { readonly top: number; readonly left: number };
  readonly isFindingsOpen: boolean;
  readonly showsCosts: boolean;
}
