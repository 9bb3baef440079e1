/** Where the Predictions panel starts: its model says of which task the predictions are. */
import {
  defaultPredictionsView,
  type PredictionsIntent,
  type PredictionsKind,
  type PredictionsModel,
  type PredictionsView,
} from '../../../src/shared/protocol/panels/predictionsPanel';
import { createAnnouncer, type Announce } from '../../ui/announce';
import { openChannel, type PanelChannel, type PanelDrawing } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { element, panelRoot } from '../../ui/element';
import { createEpisodesPanel } from './episodes/episodesPanel';
import { createTaskPanel } from './imageTask';
import { createLandmarksTask } from './landmarks/landmarksTask';
import { createSegmentationTask } from './segmentation/segmentationTask';

type Channel = PanelChannel<PredictionsIntent, PredictionsView>;
type CreatePart = (channel: Channel, announce: Announce) => PanelDrawing<PredictionsModel>;

const parts: Readonly<Record<PredictionsKind, CreatePart>> = {
  segmentation: (channel, announce) => createTaskPanel(channel, announce, createSegmentationTask),
  landmarks: (channel, announce) => createTaskPanel(channel, announce, createLandmarksTask),
  episodes: createEpisodesPanel,
};

function createDrawing(channel: Channel): PanelDrawing<PredictionsModel> {
  const status = element('p', { class: 'status', role: 'note' }, 'Reading the predictions …');
  panelRoot().append(status);
  const announce = createAnnouncer();
  let part: { readonly kind: PredictionsKind; readonly drawing: PanelDrawing<PredictionsModel> } | undefined;
  return {
    draw: (model) => {
      if (part?.kind !== model.kind) part = { kind: model.kind, drawing: parts[model.kind](channel, announce) };
      part.drawing.draw(model);
    },
    follow: (news) => part?.drawing.follow?.(news),
    fail: (message) => {
      if (part) return part.drawing.fail(message);
      status.classList.add('problem');
      status.textContent = message;
    },
  };
}

registerControls();
openChannel<PredictionsModel, PredictionsIntent, PredictionsView>(defaultPredictionsView, createDrawing);
