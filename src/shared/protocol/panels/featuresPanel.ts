/**
 * The wire of the Features panel: what analyses that look at single images have left, of all runs of one experiment file.
 * The host says which stages there are and in which folders; the panel reads their files itself, arrays in its worker.
 */
import type { AnalysesModel } from './analysesPanel';
import type { AnalysisIntent, AnalysisStage, RevealAnalysisIntent } from './analysisStart';

export const featuresKinds = ['inversion', 'activations', 'attribution', 'maximisation'] as const;
export type FeaturesKind = (typeof featuresKinds)[number];

/** Whether this panel shows what an analysis of the kind leaves. */
export function isFeaturesKind(kind: string): kind is FeaturesKind {
  return featuresKinds.some((one) => one === kind);
}

export type FeaturesModel = AnalysesModel<FeaturesStage>;

export interface FeaturesStage extends AnalysisStage {
  readonly kind: FeaturesKind;
}

export type FeaturesIntent = AnalysisIntent | RevealAnalysisIntent;

/** What a cell of the grid shows. */
export type FeaturesShow =
  'image' | 'inversion' | 'error' | 'channel' | 'strength' | 'colours' | 'grad-cam' | 'occlusion';

export type FeaturesAxis = 'images' | 'layers' | 'models';
export type FeaturesTab = 'distances' | 'channels' | 'wishes' | 'analyses';
export type InversionMeasure = 'loss' | 'perceptual' | 'ssim' | 'psnr' | 'featureCosine' | 'featureError';
export type ShownOrder = 'meanPeak' | 'mean' | 'selectivity' | 'difference';

/** What the webview keeps. What is absent is chosen by the panel. */
export interface FeaturesView {
  readonly show?: FeaturesShow;
  readonly rows: FeaturesAxis;
  readonly columns: FeaturesAxis;
  readonly layer?: string;
  readonly model?: string;
  /** Key of the image that the keyboard is on. */
  readonly image?: string;
  readonly seed?: number;
  /** `data/split` whose images are shown. */
  readonly source?: string;
  /** Updates of an inversion; the last when absent. */
  readonly iteration?: number;
  readonly measure: InversionMeasure;
  /** Place of the channel in its order, counted from 0. */
  readonly rank: number;
  readonly order: ShownOrder;
  /** 0..1 of maps over images. */
  readonly opacity: number;
  /** Of several explanations of an image: which. */
  readonly explanation: number;
  /** Side of a picture, px. */
  readonly tile: number;
  /** Show where else the features under the pointer are found. */
  readonly showMatches: boolean;
  /** Steps of a maximisation; the last when absent. */
  readonly wishStep?: number;
  readonly tab?: FeaturesTab;
}

export const defaultFeaturesView: FeaturesView = {
  rows: 'images',
  columns: 'models',
  measure: 'perceptual',
  rank: 0,
  order: 'meanPeak',
  opacity: 0.6,
  explanation: 0,
  tile: 120,
  showMatches: true,
};
