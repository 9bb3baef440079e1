/** The panel's worker: reads maps beside the main thread. */
import { decodeEmbedding } from '../../../src/shared/results/embedding';
import { answerCalls } from '../../ui/engine';
import type { EngineCalls } from './engineMessages';

answerCalls<EngineCalls>({
  read: ({ json, arrays }) => decodeEmbedding(new Uint8Array(json), new Uint8Array(arrays)),
});
