/** Where the Features panel starts. */
import {
  defaultFeaturesView,
  type FeaturesIntent,
  type FeaturesModel,
  type FeaturesView,
} from '../../../src/shared/protocol/panels/featuresPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createFeaturesPanel } from './featuresPanel';

registerControls();
openChannel<FeaturesModel, FeaturesIntent, FeaturesView>(defaultFeaturesView, createFeaturesPanel);
