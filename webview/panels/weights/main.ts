/** Where the Weights panel starts. */
import {
  defaultWeightsView,
  type WeightsIntent,
  type WeightsModel,
} from '../../../src/shared/protocol/panels/weightsPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createWeightsPanel } from './weightsPanel';

registerControls();
openChannel<WeightsModel, WeightsIntent, typeof defaultWeightsView>(defaultWeightsView, createWeightsPanel);
