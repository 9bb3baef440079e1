/** What the user looks at, by ids of the experiment file: choosing it in one panel moves the others. */
export interface PanelSelection {
  readonly pretraining?: string;
  readonly transfer?: string;
  readonly layer?: string;
}
