/** What is wrong (or worth knowing) about an experiment file, with its place and, where there is one, its mend. */

export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, kebab-case, e.g. `unknown-key`. */
  readonly code: string;
  /** What is wrong, why it matters, what to do. */
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly range: Range;
  readonly fixes?: readonly QuickFix[];
}

/** Half-open; line and column count from 1, offset from 0. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface QuickFix {
  readonly title: string;
  readonly edits: readonly { readonly range: Range; readonly newText: string }[];
}
