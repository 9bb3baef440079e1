/**
 * The wire of the Compare panel: the results of many runs, a row for each pretraining and what was measured of it. The model
 * holds every value of every seed, so that sorting, filtering and comparing ask nobody; settings come as columns of few
 * different values, because a thousand rows share most of them.
 */
import type { SettingValue } from '../../results/settingValue';
import type { CompareMarks, MarkChange } from '../../views/compare/compareMarks';
import type { RunReference } from './panelMessages';

/** All runs of the workspace, unless some are named. */
export interface CompareTarget {
  readonly runs?: readonly RunReference[];
}

export interface CompareModel {
  readonly rows: readonly CompareRow[];
  readonly parameters: readonly CompareParameter[];
  readonly metrics: readonly CompareMetric[];
  readonly marks: CompareMarks;
  readonly runs: number;
  /** While runs are still being read. */
  readonly reading?: { readonly done: number; readonly total: number };
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
}

export interface CompareRow {
  /** The same over reloads: results folder, run, pretraining, measure. */
  readonly id: string;
  readonly out: string;
  readonly run: string;
  /** Experiment file as launched, and its name. */
  readonly file: string;
  readonly experiment: string;
  readonly pretraining: string;
  /** Place of the pretraining in its experiment, for colour and marker. */
  readonly look: number;
  readonly kind: 'transfer' | 'analysis' | 'pretraining';
  /** Id of the transfer or analysis; '' for a pretraining that nothing was measured of. */
  readonly measure: string;
  /** The other pretraining of an analysis that compares two. */
  readonly against?: string;
  /** `linear-probe`, `detection`, `cka`. */
  readonly task: string;
  /** Of the run. */
  readonly state: string;
  readonly createdAt: string;
  /** The results were made elsewhere. */
  readonly isImported: boolean;
  /** Whose control its pretraining is, as a sentence. */
  readonly control?: string;
  /** Why its numbers lead to no images, as a sentence. */
  readonly noImages?: string;
  /** Seeds with a result. */
  readonly seeds: readonly number[];
  readonly planned: number;
  /** Metric that stands in tables. */
  readonly headline?: string;
  /** By metric, in the order of `seeds`; null where there is none. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

/** A setting over all rows. */
export interface CompareParameter {
  /** `transfer.learningRate`. */
  readonly id: string;
  readonly values: readonly SettingValue[];
  /** For each row its place in `values`; -1 where it is not set. */
  readonly at: readonly number[];
}

export interface CompareMetric {
  /** As in the rows' `values`. */
  readonly id: string;
  /** Its name as formatMetric knows it; `seconds` and `count` are written as such. */
  readonly format: string;
  readonly name: string;
}

export type CompareIntent =
  | { readonly type: 'mark'; readonly out: string; readonly change: MarkChange }
  /** The host asks for the text in its own input box. */
  | { readonly type: 'ask'; readonly row: string; readonly what: 'name' | 'note' | 'tags' }
  | { readonly type: 'open'; readonly row: string; readonly panel: CompareTargetPanel }
  /** The line of the experiment file that the number comes from; a setting by its field. */
  | { readonly type: 'reveal'; readonly row: string; readonly of: 'pretraining' | 'measure'; readonly field?: string }
  | { readonly type: 'apply'; readonly row: string };

export type CompareTargetPanel = 'run' | 'layers' | 'images' | 'report' | 'best';

export type CompareGroup = 'none' | 'run' | 'experiment' | 'pretraining' | 'transfer';

export interface CompareSort {
  readonly column: string;
  readonly isDescending: boolean;
}

/** What the webview keeps. */
export interface CompareView {
  readonly tab: 'table' | 'parallel' | 'plot';
  readonly query: string;
  readonly group: CompareGroup;
  /** Compared and plotted; `score` is each row's own headline. */
  readonly metric: string;
  /** Chosen columns beside the name, in order. */
  readonly columns: readonly string[];
  readonly pinnedColumns: readonly string[];
  readonly sort: readonly CompareSort[];
  /** By column: the texts that are let through. */
  readonly valueFilters: Readonly<Record<string, readonly string[]>>;
  /** By column: what a brush lets through, in the column's own unit. */
  readonly brushes: Readonly<Record<string, readonly [number, number]>>;
  readonly onlyDiffering: boolean;
  readonly onlyStarred: boolean;
  readonly showHidden: boolean;
  /** Rows that cannot be compared with the baseline are left out, not greyed. */
  readonly onlyFair: boolean;
  readonly isBudgetCompared: boolean;
  /** Row ids whose seeds are shown. */
  readonly expanded: readonly string[];
  /** Groups that are folded. */
  readonly folded: readonly string[];
  /** Row that the keyboard is on. */
  readonly current?: string;
  readonly scroll: { readonly top: number; readonly left: number };
  readonly plotX?: string;
}

export const defaultCompareView: CompareView = {
  tab: 'table',
  query: '',
  group: 'none',
  metric: 'score',
  columns: ['score', 'difference', 'run', 'pretraining', 'measure', 'seeds'],
  pinnedColumns: [],
  sort: [],
  valueFilters: {},
  brushes: {},
  onlyDiffering: false,
  onlyStarred: false,
  showHidden: false,
  onlyFair: false,
  isBudgetCompared: false,
  expanded: [],
  folded: [],
  scroll: { top: 0, left: 0 },
};
