/** Where the Layers panel starts. */
import {
  defaultLayersView,
  type LayersIntent,
  type LayersModel,
} from '../../../src/shared/protocol/panels/layersPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createLayersPanel } from './layersPanel';

registerControls();
openChannel<LayersModel, LayersIntent, typeof defaultLayersView>(defaultLayersView, createLayersPanel);
