/** Where the Embedding panel starts. */
import {
  defaultEmbeddingView,
  type EmbeddingIntent,
  type EmbeddingModel,
  type EmbeddingView,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createEmbeddingPanel } from './embeddingPanel';

registerControls();
openChannel<EmbeddingModel, EmbeddingIntent, EmbeddingView>(defaultEmbeddingView, createEmbeddingPanel);
