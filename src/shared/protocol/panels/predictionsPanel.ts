/**
 * The wire of the Predictions panel: what transfers other than detection and classification by layer have predicted. Label
 * maps, points and episodes do not travel as a view model: the host says in which folders stages left them, the panel reads
 * and draws them itself, label maps off its main thread.
 */
import type { ImageSource } from '../../views/selection/shownStages';
import type { LinkIntent } from './links';
import type { PairLayout } from './panelMessages';

/** Transfers of one task, of a run, on the same test images. */
export interface PredictionsTarget {
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly run: string;
  /** Ids of one or two stages. */
  readonly stages: readonly string[];
}

export function isPredictionsTarget(value: unknown): value is PredictionsTarget {
  const { out, run, stages } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => typeof one === 'string';
  return isText(out) && isText(run) && Array.isArray(stages) && [1, 2].includes(stages.length) && stages.every(isText);
}

export type PredictionsKind = 'segmentation' | 'landmarks' | 'episodes';

export interface PredictionsModel {
  readonly kind: PredictionsKind;
  readonly title: string;
  /** What is shown, in a few words. */
  readonly about: string;
  /** URLs, here and below, that the webview may read. */
  readonly workerScript: string;
  /** Shown first: one or two. */
  readonly runs: readonly PredictionsRun[];
  /** What else could be compared, on the same images. */
  readonly others: readonly PredictionsRun[];
  /** What other panels know the images by. */
  readonly images?: ImageSource;
  readonly transfer: string;
  /** Folder that names of pictures refer to, where they are files and it is there. */
  readonly pictures?: string;
  /** Why there are no pictures, as a sentence. */
  readonly missing?: string;
}

export interface PredictionsRun {
  readonly id: string;
  readonly name: string;
  /** Folder that the stage left. */
  readonly folder: string;
  /** Place of its pretraining in the experiment, for its colour in every panel. */
  readonly look: number;
  /** Absent for results made elsewhere. */
  readonly pretraining?: string;
  readonly seed?: number;
}

/** Everything else that the user does stays in the panel. */
export type PredictionsIntent = LinkIntent;

/** What a picture of labels shows. */
export type LabelPart = 'truth' | 'predicted' | 'difference';

/** What the webview keeps; each task uses its part of it. */
export interface PredictionsView {
  /** Id of the run to compare with; '' for none. */
  readonly other?: string;
  readonly layout: PairLayout;
  readonly search: string;
  readonly sort: 'file' | 'errors' | 'moved';
  /** Side of a picture in the grid, px. */
  readonly tile: number;
  /** Place of the picture that the keyboard is on. */
  readonly image?: number;
  readonly isLarge: boolean;
  readonly segmentation: SegmentationLook;
  readonly landmarks: LandmarksLook;
  readonly episodes: EpisodesLook;
}

export interface SegmentationLook {
  readonly part: LabelPart;
  /** 0..1 */
  readonly opacity: number;
  /** Names of classes that are not drawn. */
  readonly hidden: readonly string[];
  /** Name of the class whose images are shown; '' for all. */
  readonly category: string;
  /** A cell of the confusion matrix by names: its images are shown, most pixels first. */
  readonly cell?: { readonly truth: string; readonly predicted: string };
  readonly tab: 'classes' | 'confusion';
}

export interface LandmarksLook {
  /** '' is the last one. */
  readonly layer: string;
  /** Error from which an example has failed; the transfer's own when absent. */
  readonly threshold?: number;
  /** Name of the landmark by whose error images are sorted; '' for the mean of all. */
  readonly landmark: string;
  readonly showTruth: boolean;
  readonly showPredicted: boolean;
  readonly showErrors: boolean;
  readonly tab: 'curve' | 'landmarks';
}

export interface EpisodesLook {
  /** '' is the last one. */
  readonly layer: string;
  readonly episode: number;
  readonly onlyWrong: boolean;
  readonly order: 'drawn' | 'worst' | 'best';
  /** Place of the chosen query in the episode. */
  readonly query?: number;
}

export const defaultPredictionsView: PredictionsView = {
  layout: 'side',
  search: '',
  sort: 'file',
  tile: 180,
  isLarge: false,
  segmentation: { part: 'predicted', opacity: 0.6, hidden: [], category: '', tab: 'classes' },
  landmarks: {
    ...{ layer: '', landmark: '', showTruth: true, showPredicted: true, showErrors: true, tab: 'curve' },
  },
  episodes: { layer: '', episode: 0, onlyWrong: false, order: 'drawn' },
};
