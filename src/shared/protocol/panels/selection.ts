/**
 * What the user looks at, in all panels of the window: choosing it in one moves the others (docs/guide/linked-selection.md).
 * Experiment, run, pretraining, transfer and image belong to one experiment file; a layer and a class are names that
 * several have.
 */
export interface PanelSelection {
  /** Path of the experiment file. */
  readonly experiment?: string;
  /** Name of the run. */
  readonly run?: string;
  readonly pretraining?: string;
  readonly transfer?: string;
  readonly layer?: string;
  readonly image?: SelectedImage;
  /** Name of a class. */
  readonly category?: string;
}

/** An image by what the experiment's data call it: readers of one split count its images differently, and leave out others. */
export interface SelectedImage {
  /** Key into the experiment's `data`. */
  readonly data: string;
  readonly split: string;
  readonly name: string;
}

export const selectionParts = [
  ...(['experiment', 'run', 'pretraining', 'transfer', 'layer', 'image', 'category'] as const),
] as const satisfies readonly (keyof PanelSelection)[];

/** Some of the selection; null clears a part, since messages drop what is undefined. */
export type SelectionChange = { readonly [Part in keyof PanelSelection]?: PanelSelection[Part] | null };
