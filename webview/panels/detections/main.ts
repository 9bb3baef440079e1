/** Where the Detections panel starts. */
import {
  defaultDetectionsView,
  type DetectionsIntent,
  type DetectionsModel,
  type DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import { openChannel } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { createDetectionsPanel } from './detectionsPanel';

registerControls();
openChannel<DetectionsModel, DetectionsIntent, DetectionsView>(defaultDetectionsView, createDetectionsPanel);
