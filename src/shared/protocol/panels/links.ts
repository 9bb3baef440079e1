/** What a number in a panel leads to, in the same words everywhere: the images behind it, and the lines that made it. */

/** A transfer or an analysis of a pretraining. */
export interface MeasuredPlace {
  readonly pretraining: string;
  /** Id of the transfer or analysis. */
  readonly measure: string;
}

export type LinkIntent =
  | { readonly type: 'showImages'; readonly of: MeasuredPlace }
  /** The entry of the experiment file that made it, or a field of it, called as columns of Compare are. */
  | { readonly type: 'showInExperiment'; readonly entry: string; readonly field?: string };

export const linkWords = { images: 'Show Images', experiment: 'Show in Experiment' } as const;

/** A number for which a run has no images, and why. */
export interface Imageless extends MeasuredPlace {
  /** As a sentence. */
  readonly reason: string;
}
