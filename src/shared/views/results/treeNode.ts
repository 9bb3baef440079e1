/** One line of a tree as data; the host turns it into a tree item, tests look at it as it is. */
export interface TreeNode {
  /** Stable between refreshes, unique in its tree. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Plain text. */
  readonly tooltip?: string;
  readonly icon: TreeIcon;
  /** What menus go by. */
  readonly kind: string;
  readonly children: 'none' | 'collapsed' | 'expanded';
  readonly target?: TreeTarget;
}

export type TreeIcon =
  | 'experiment'
  | 'waiting'
  | 'running'
  | 'done'
  | 'reused'
  | 'failed'
  | 'skipped'
  | 'stopped'
  | 'interrupted'
  | 'stale'
  | 'measured'
  | 'available'
  | 'unavailable';

/** What a node stands for, for the commands of its menu. */
export type TreeTarget =
  | { readonly type: 'run'; readonly out: string; readonly run: string }
  | { readonly type: 'launch'; readonly id: number }
  | { readonly type: 'stage'; readonly out: string; readonly run: string; readonly stage: string }
  | { readonly type: 'experiment'; readonly file: string }
  /** A pretraining or transfer of an experiment file; `line` counts from 1. */
  | { readonly type: 'entry'; readonly file: string; readonly entry: string; readonly line?: number }
  | { readonly type: 'runtime'; readonly name: string };
