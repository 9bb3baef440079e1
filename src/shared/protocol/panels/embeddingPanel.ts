/**
 * The wire of the Embedding panel: maps of images by their features, of all runs of one experiment file. The host says which
 * stages there are and in which folders; the panel reads maps and thumbnails itself.
 */
import type { AnalysesModel } from './analysesPanel';
import type { AnalysisIntent, AnalysisStage, RevealAnalysisIntent } from './analysisStart';

export const embeddingMethods = ['pca', 't-sne', 'umap'] as const;
export type EmbeddingMethod = (typeof embeddingMethods)[number];

export type EmbeddingModel = AnalysesModel<EmbeddingStage>;

export interface EmbeddingStage extends AnalysisStage {
  readonly method: EmbeddingMethod;
  /** In depth order, with what the record says of each map. */
  readonly layers: readonly { readonly layer: string; readonly figures: Readonly<Record<string, number>> }[];
  /** Whether images are files that can be opened. */
  readonly hasFiles: boolean;
}

export type EmbeddingIntent = AnalysisIntent | RevealAnalysisIntent | OpenImageIntent;

/** Show an image's file in the editor. */
export interface OpenImageIntent {
  readonly type: 'openImage';
  /** Key of the stage. */
  readonly stage: string;
  /** Of the image, a path below the data's root. */
  readonly name: string;
}

export type EmbeddingColour = 'label' | 'predicted' | 'right' | 'pretraining';

/** How images are drawn; `auto` draws thumbnails once there is room for them. */
export type EmbeddingDrawn = 'auto' | 'points' | 'thumbnails';
/** What several maps side by side differ in. */
export type EmbeddingBeside = 'none' | 'layers' | 'models' | 'seeds';
export type EmbeddingTab = 'image' | 'chosen' | 'analyses';
/** What dragging on a map does. */
export type EmbeddingTool = 'move' | 'lasso' | 'rectangle';

/** Zoom relative to all images in sight, and the point of the map in the middle, in the map's units. */
export interface MapLook {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

/** What the webview keeps. What is absent is chosen by the panel. */
export interface EmbeddingView {
  readonly model?: string;
  readonly layer?: string;
  readonly seed?: number;
  readonly method?: EmbeddingMethod;
  /** `data/split` whose images are shown. */
  readonly source?: string;
  readonly colour?: EmbeddingColour;
  readonly drawn: EmbeddingDrawn;
  readonly beside: EmbeddingBeside;
  /** Maps side by side, 2..4. */
  readonly maps: number;
  readonly tool: EmbeddingTool;
  /** Names of what the legend has switched off. */
  readonly hidden: readonly string[];
  /** The only name in colour; the others are grey. */
  readonly emphasised?: string;
  /** Place in the split of the image that is looked at. */
  readonly image?: number;
  readonly look: MapLook;
  readonly tab: EmbeddingTab;
}

export const defaultEmbeddingView: EmbeddingView = {
  drawn: 'auto',
  beside: 'none',
  maps: 2,
  tool: 'move',
  hidden: [],
  look: { zoom: 1, x: 0, y: 0 },
  tab: 'image',
};
