/** What the user looks at, by ids of the experiment file: choosing it in one panel moves the others. */
export interface PanelSelection {
  readonly pretraining?: string;
  readonly transfer?: string;
  readonly layer?: string;
  readonly image?: SelectedImage;
}

/** An image by where it stands in the experiment's data. */
export interface SelectedImage {
  /** Key into the experiment's `data`. */
  readonly data: string;
  readonly split: string;
  /** In the split, counted from 0. */
  readonly place: number;
}
