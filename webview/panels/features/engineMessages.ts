/** What the panel asks of its worker and what it gets: files are read, maps coloured and places matched there. */
import type { FeaturesKind } from '../../../src/shared/protocol/panels/featuresPanel';
import type { DenseMatch, DensePlace } from '../../../src/shared/math/denseMatches';
import type { MapColours, MapSlice } from '../../../src/shared/views/features/featuresCells';
import type { FeaturesFile } from '../../../src/shared/views/features/featuresStudy';

export interface EngineCalls {
  /** Reads what a stage left and keeps its arrays. Fails with a sentence. */
  readonly read: {
    readonly ask: {
      readonly stage: string;
      readonly kind: FeaturesKind;
      readonly text: string;
      readonly arrays?: ArrayBuffer;
    };
    readonly reply: FeaturesFile;
  };
  readonly map: {
    readonly ask: {
      readonly stage: string;
      readonly tensor: string;
      readonly slice: MapSlice;
      readonly colours: MapColours;
      readonly peak: number;
    };
    readonly reply: ImageBitmap;
  };
  /** A grey picture in the colours of a map. */
  readonly grey: { readonly ask: { readonly bytes: ArrayBuffer; readonly peak: number }; readonly reply: ImageBitmap };
  /** None where the layer's features were not kept. */
  readonly match: {
    readonly ask: { readonly stage: string; readonly tensor: string; readonly at: DensePlace };
    readonly reply: readonly DenseMatch[];
  };
  /** Numbers of a tensor; none where there is no such one. */
  readonly numbers: {
    readonly ask: { readonly stage: string; readonly tensor: string };
    readonly reply: readonly number[];
  };
}
