/** What the panel asks of its worker. */
import type { EmbeddingResults } from '../../../src/shared/results/embedding';

export interface EngineCalls {
  /** Reads what a stage left. Fails with a sentence. */
  readonly read: {
    readonly ask: { readonly json: ArrayBuffer; readonly arrays: ArrayBuffer };
    readonly reply: EmbeddingResults;
  };
}
