/** What a part of the campaign counts. */
export interface Outcome {
  readonly part: string;
  readonly faults: number;
  /** After how many of them results were whole, or a sentence said what is wrong. */
  readonly recovered: number;
  readonly lost: number;
  readonly crashes: number;
  /** What else there is to say. */
  readonly note: string;
}
