/** Where the Compare panel starts. */
import {
  defaultCompareView,
  type CompareIntent,
  type CompareModel,
  type CompareView,
} from '../../../src/shared/protocol/panels/comparePanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createComparePanel } from './comparePanel';

registerControls();
openChannel<CompareModel, CompareIntent, CompareView>(defaultCompareView, createComparePanel);
