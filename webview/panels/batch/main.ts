/** Where the Batch panel starts. */
import {
  defaultBatchView,
  type BatchIntent,
  type BatchModel,
  type BatchView,
} from '../../../src/shared/protocol/panels/batchPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createBatchPanel } from './batchPanel';

registerControls();
openChannel<BatchModel, BatchIntent, BatchView>(defaultBatchView, createBatchPanel);
