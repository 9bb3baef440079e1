/**
 * The wire of the Detections panel. Half a million boxes do not travel as a view model: the host says where the files are,
 * the panel reads, judges and draws them itself (webview/panels/detections/engine.ts), off its main thread.
 */

import type { AnalysisIntent, AnalysisOffer } from './analysisStart';
import type { ImageSource } from '../../views/selection/shownStages';
import type { LinkIntent } from './links';
import type { PairLayout } from './panelMessages';

export type DetectionsTarget = StagesTarget | FilesTarget;

/** Detection transfers of a run, on the same test images. */
export interface StagesTarget {
  readonly kind: 'stages';
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly run: string;
  /** Ids of one or two stages. */
  readonly stages: readonly string[];
}

/** Results of anybody's detector. Absolute paths. */
export interface FilesTarget {
  readonly kind: 'files';
  /** COCO ground truth. */
  readonly truth: string;
  /** Folder that the ground truth's file names refer to. */
  readonly images?: string;
  /** One or two COCO results. */
  readonly results: readonly string[];
}

export function isDetectionsTarget(value: unknown): value is DetectionsTarget {
  const target = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => typeof one === 'string';
  const isList = (one: unknown): boolean => Array.isArray(one) && one.length > 0 && one.length < 3 && one.every(isText);
  if (target.kind === 'stages') return isText(target.out) && isText(target.run) && isList(target.stages);
  const hasImages = target.images === undefined || isText(target.images);
  return target.kind === 'files' && isText(target.truth) && hasImages && isList(target.results);
}

export interface DetectionsModel {
  readonly title: string;
  /** What is shown, in a few words. */
  readonly about: string;
  /** URLs, here and below, that the webview may read. */
  readonly workerScript: string;
  readonly truth: string;
  /** Shown first: one or two. */
  readonly runs: readonly DetectionsRun[];
  /** What else could be compared, on the same images. */
  readonly others: readonly DetectionsRun[];
  readonly pictures: Pictures;
  /** What other panels know the images by. */
  readonly images?: ImageSource;
  /** Whose results these are, in the experiment. */
  readonly transfer?: string;
  readonly canAddResults: boolean;
  /** What can be analysed of an image or a box; absent where the images' places in the data are not known. */
  readonly analysis?: DetectionsAnalysis;
}

export interface DetectionsAnalysis {
  readonly offer: AnalysisOffer;
  /** Whose test images these are, all of them in order. */
  readonly transfer: string;
  readonly data: string;
  readonly split: string;
  /** By id of the run. */
  readonly models: Readonly<Record<string, { readonly pretraining: string; readonly seed: number }>>;
}

export interface DetectionsRun {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Place of its pretraining in the experiment, for its colour in every panel. */
  readonly look: number;
  /** Absent for results made elsewhere. */
  readonly pretraining?: string;
  readonly seed?: number;
  readonly evidence: EvidencePlace;
}

/** Where proposals and features of a run are, or why there are none. */
export type EvidencePlace = { readonly url: string } | { readonly reason: string };

export type Pictures =
  /** File names of the ground truth follow the base. */
  | { readonly kind: 'files'; readonly base: string }
  /** As shared/results/sceneSheets.ts lays them out. */
  | { readonly kind: 'sheets'; readonly urls: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string };

export type DetectionsIntent =
  | AnalysisIntent
  | LinkIntent
  /** Choose the folder of the images. */
  | { readonly type: 'chooseImages' }
  /** Choose a second file of results. */
  | { readonly type: 'addResults' };

export type SizeName = 'all' | 'small' | 'medium' | 'large';
export type Change = 'all' | 'moved' | 'gained' | 'lost';
export type Method = 'tide' | 'hoiem';
export type FigureTab = 'errors' | 'curves' | 'classes' | 'confusion';
export type SortKey = 'file' | 'errors' | 'moved' | 'confident' | 'objects';

/** What the webview keeps. */
export interface DetectionsView {
  /** Id of the run to compare with; '' for none. */
  readonly other?: string;
  readonly minScore: number;
  /** Overlap from which a detection is right. */
  readonly iou: number;
  readonly method: Method;
  /** Name of a class; '' for all. */
  readonly category: string;
  /** A verdict of the method; '' for all. */
  readonly verdict: string;
  readonly size: SizeName;
  readonly change: Change;
  /** A cell of the confusion matrix by names; '' is the background. */
  readonly cell?: { readonly truth: string; readonly found: string };
  readonly search: string;
  readonly sort: SortKey;
  /** Of two runs; side by side until the user chooses. */
  readonly layout: PairLayout;
  readonly showTruth: boolean;
  readonly showFound: boolean;
  readonly showLabels: boolean;
  /** 0..1 */
  readonly maskOpacity: number;
  /** Side of a picture in the grid, px. */
  readonly tile: number;
  readonly tab: FigureTab;
  /** Place of the picture that the keyboard is on, in the ground truth. */
  readonly image?: number;
  readonly isLarge: boolean;
}

export const defaultDetectionsView: DetectionsView = {
  minScore: 0.05,
  iou: 0.5,
  method: 'tide',
  category: '',
  verdict: '',
  size: 'all',
  change: 'all',
  search: '',
  sort: 'file',
  layout: 'side',
  showTruth: true,
  showFound: true,
  showLabels: true,
  maskOpacity: 0.4,
  tile: 180,
  tab: 'errors',
  isLarge: false,
};
