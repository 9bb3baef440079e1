/** What the panel asks of its worker and what it gets: label maps are decoded and coloured there. */
import type { LabelColours } from '../../../src/shared/views/predictions/composeLabels';

export interface EngineCalls {
  /** Decodes a sheet of labels, a PNG, and keeps it under its name. */
  readonly sheet: { readonly ask: { readonly name: string; readonly bytes: ArrayBuffer }; readonly reply: undefined };
  readonly forget: { readonly ask: { readonly name: string }; readonly reply: undefined };
  /** A picture of labels, no larger than `side` px. */
  readonly colour: {
    readonly ask: LabelAsk & LabelColours & { readonly side: number };
    readonly reply: ImageBitmap;
  };
  /** Labels of a pixel of the image. */
  readonly look: {
    readonly ask: LabelAsk & { readonly atX: number; readonly atY: number };
    readonly reply: { readonly truth: number; readonly predicted: number };
  };
}

/** Names of sheets, and the image's place on both. */
export interface LabelAsk {
  readonly truth: string;
  readonly predicted: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
