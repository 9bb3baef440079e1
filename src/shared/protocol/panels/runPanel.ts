/**
 * The run panel's wire. Down: the run as a whole, thinned to what is visible. Up: `look` (what is visible, chosen, smoothed),
 * which the host answers with a new model, and wishes. The webview keeps its view and says `look` again when it comes back.
 */
import type { LogLine } from '../../results/runManifest';
import type { CurveFormat, ThinnedCurve } from '../../views/run/thinnedCurve';
import type { RunReference } from './panelMessages';

export interface RunPanelLook {
  /** Visible steps; all when absent. */
  readonly from?: number;
  readonly to?: number;
  /** Width of a chart's plot in px. */
  readonly pixels: number;
  /** Weight of the past in 0..0.99; 0 draws the curves as they are. */
  readonly smoothing: number;
  /** Ids of the stages whose curves are drawn; what runs, or the last of each method, when absent. */
  readonly stages?: readonly string[];
  /** Runs drawn over this one. */
  readonly overlays: readonly RunReference[];
}

export type RunAction = 'stop' | 'stopAfterStage' | 'resume' | 'openReport' | 'showLog' | 'revealRunFolder';

export type RunPanelIntent =
  | { readonly type: 'look'; readonly look: RunPanelLook }
  /** Lets the user choose runs of the workspace to draw over this one. */
  | { readonly type: 'addRun' }
  | { readonly type: 'act'; readonly action: RunAction }
  /** Every logged value, of one metric or of all. */
  | { readonly type: 'exportCsv'; readonly metric?: string };

export type LogLevel = LogLine['level'];

/** What the webview keeps. */
export interface RunPanelView {
  readonly look: RunPanelLook;
  /** Ids of the series that are switched off. */
  readonly hidden: readonly string[];
  /** Metrics on a logarithmic axis. */
  readonly logarithmic: readonly string[];
  /** Least level of log lines. */
  readonly level: LogLevel;
  /** Sections that are folded. */
  readonly folded: readonly string[];
}

export interface RunPanelModel {
  readonly run: string;
  readonly experiment: string;
  readonly state: string;
  /** The state in words, with progress and time left. */
  readonly summary: string;
  /** 0..1 while it runs. */
  readonly progress?: number;
  /** Why it failed or stopped, and files that cannot be read. */
  readonly messages: readonly string[];
  readonly actions: readonly RunAction[];
  readonly facts: readonly Fact[];
  readonly stages: readonly StageItem[];
  readonly overlays: readonly RunReference[];
  readonly series: readonly CurveSeries[];
  /** Steps from the first to the last that was logged. */
  readonly range: { readonly from: number; readonly to: number };
  readonly charts: readonly CurveChart[];
  readonly log: readonly LogLine[];
  readonly load: readonly LoadCurve[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** More, for a tooltip. */
  readonly title?: string;
}

export interface StageItem {
  readonly id: string;
  readonly label: string;
  readonly pretraining: string;
  readonly transfer?: string;
  readonly state: string;
  /** Progress and time left, time taken, or why not. */
  readonly detail: string;
  readonly progress?: number;
  /** Whether there are curves to choose. */
  readonly hasCurves: boolean;
  readonly isShown: boolean;
}

export interface CurveSeries {
  readonly id: string;
  readonly label: string;
  readonly pretraining: string;
  /** Place of the pretraining in the experiment: its colour and marker everywhere. */
  readonly colour: number;
  /** Which run and seed: its dashes. */
  readonly dash: number;
  readonly stepsPerEpoch?: number;
  readonly events: readonly { readonly step: number; readonly text: string }[];
}

export interface CurveChart {
  readonly metric: string;
  readonly title: string;
  readonly format: CurveFormat;
  /** What it shows and what is healthy, for the methods drawn. */
  readonly explanation: string;
  readonly remarks: readonly Remark[];
  readonly lines: readonly CurveLine[];
}

export interface Remark {
  readonly level: LogLevel;
  readonly text: string;
}

export interface CurveLine {
  readonly series: string;
  readonly raw: ThinnedCurve;
  readonly smooth?: ThinnedCurve;
}

export interface LoadCurve {
  readonly title: string;
  /** The last value, in words. */
  readonly now: string;
  /** x: seconds since the first row; y: parts of `most`. */
  readonly points: ThinnedCurve;
  readonly most: number;
  readonly mostText: string;
}
