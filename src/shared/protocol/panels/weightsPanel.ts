/**
 * The wire of the Weights panel: one weight file. The model says what it is; its tensors, which can be a hundred thousand,
 * come after it as news, each once, and all again to a page that starts anew.
 */
import type { ListedTensor } from '../../weights/listTensors';
import type { TensorFate } from '../../weights/listTensors';
import type { TensorStatistics } from '../../weights/tensorStatistics';

export interface WeightsTarget {
  /** Paths on this machine. */
  readonly file: string;
  /** Where it is imported; looked for in the workspace when absent. */
  readonly use?: { readonly experiment: string; readonly pretraining: string };
  /** A file that it is compared with. */
  readonly other?: string;
}

export interface WeightsModel {
  readonly name: string;
  /** Of the file, for reading. */
  readonly path: string;
  readonly state: 'opening' | 'reading' | 'done' | 'failed';
  /** Why it cannot be read, or stopped being read. */
  readonly message?: string;
  readonly facts: readonly WeightsFact[];
  /** What it is compared with, and how that goes, in a sentence. */
  readonly verdict: string;
  readonly fits: boolean | undefined;
  /** '' is what is compared with unasked. */
  readonly backbones: readonly { readonly value: string; readonly label: string }[];
  readonly backbone: string;
  readonly proposals: readonly WeightsProposal[];
  /** Of the backbone that it is compared with, whose tensors other panels know by layer. */
  readonly layers: readonly string[];
  /** The pretraining that imports the file. */
  readonly usedBy?: string;
  /** Nothing imports it yet, and a backbone may be in it. */
  readonly canImport: boolean;
  readonly warnings: readonly string[];
  /** How many tensors will be listed, and how many of them are in the file. */
  readonly listed: number;
  readonly stored: number;
  /** Name of the file that is compared with. */
  readonly other?: string;
}

export interface WeightsFact {
  readonly label: string;
  readonly value: string;
}

/** A beginning of names behind which a backbone may be. */
export interface WeightsProposal {
  readonly prefix: string;
  readonly weights: number;
  readonly isUsed: boolean;
}

export type WeightsNews =
  /** The list begins anew; numbers that were measured stay unless the file is another. */
  | { readonly kind: 'begin'; readonly isSameFile: boolean }
  | { readonly kind: 'listed'; readonly tensors: readonly ListedTensor[] }
  | { readonly kind: 'measured'; readonly from: number; readonly statistics: readonly TensorStatistics[] };

export type WeightsIntent =
  /** Compare with a backbone of the model's list. */
  | { readonly type: 'chooseBackbone'; readonly backbone: string }
  /** Write it into the experiment file. */
  | { readonly type: 'usePrefix'; readonly prefix: string }
  /** Write a pretraining that imports the file into an experiment file. */
  | { readonly type: 'import' }
  /** Choose a file to compare with. */
  | { readonly type: 'compare' }
  | { readonly type: 'endComparison' }
  | { readonly type: 'revealUse' };

export type WeightsColumn =
  'file' | 'name' | 'size' | 'mean' | 'std' | 'min' | 'max' | 'zeros' | 'bad' | 'relative' | 'cosine';

/** What the webview keeps. */
export interface WeightsView {
  readonly filter: string;
  readonly fate: TensorFate | 'all';
  readonly sort: WeightsColumn;
  readonly isDescending: boolean;
  /** Counts of histograms on a logarithmic scale. */
  readonly isLog: boolean;
  /** Place in the list. */
  readonly chosen?: number;
  readonly backbone: string;
}

export const defaultWeightsView: WeightsView = {
  filter: '',
  fate: 'all',
  sort: 'file',
  isDescending: false,
  isLog: false,
  backbone: '',
};

export function isWeightsTarget(value: unknown): value is WeightsTarget {
  const { file, use, other } = (value ?? {}) as Partial<Record<keyof WeightsTarget, unknown>>;
  const { experiment, pretraining } = (use ?? {}) as Partial<Record<string, unknown>>;
  return (
    typeof file === 'string' &&
    (use === undefined || (typeof experiment === 'string' && typeof pretraining === 'string')) &&
    (other === undefined || typeof other === 'string')
  );
}
