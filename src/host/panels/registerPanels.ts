/** The panels: each has its own file here, its messages in shared/protocol/panels, its drawing in webview/panels. */
import { attachDebugger } from '../commands/attachDebugger';
import { debugBatch } from '../commands/debugBatch';
import { openComparePanel } from '../commands/openComparePanel';
import { openCocoResults } from '../commands/openCocoResults';
import { openDetectionsPanel } from '../commands/openDetectionsPanel';
import { openExperimentPanel } from '../commands/openExperimentPanel';
import { openLayersPanel } from '../commands/openLayersPanel';
import { openPredictionsPanel } from '../commands/openPredictionsPanel';
import { openWeights } from '../commands/openWeights';
import { registerCommand } from '../commands/registerCommands';
import type { DetectionsTarget } from '../../shared/protocol/panels/detectionsPanel';
import type { WeightsTarget } from '../../shared/protocol/panels/weightsPanel';
import type { RunServices } from '../runs/runServices';
import { createBatchPanels } from './batchPanel';
import { comparePanelKind } from './comparePanel';
import { detectionsPanelKind } from './detectionsPanel';
import { embeddingPanelKind } from './embeddingPanel';
import { featuresPanelKind } from './featuresPanel';
import { layersPanelKind } from './layersPanel';
import { registerPanelKind, type PanelOpener } from './panelKind';
import { createSharedSelection } from './panelSelection';
import { predictionsPanelKind } from './predictionsPanel';
import { registerResultsView } from './resultsView';
import { registerRunPanel } from './runPanel';
import { weightsPanelKind } from './weightsPanel';

export function registerPanels(services: RunServices): void {
  const selection = createSharedSelection();
  services.context.subscriptions.push(selection);
  registerResultsView(services, selection);
  const layers = registerPanelKind(services.context, services.log, layersPanelKind(services, selection));
  registerCommand(services, 'openLayersPanel', (_, argument) => openLayersPanel(services, layers, argument));
  registerRunPanel(services, selection);
  const features = registerPanelKind(services.context, services.log, featuresPanelKind(services, selection));
  registerCommand(services, 'openFeaturesPanel', (_, argument) => openExperimentPanel(services, features, argument));
  const embedding = registerPanelKind(services.context, services.log, embeddingPanelKind(services, selection));
  registerCommand(services, 'openEmbeddingPanel', (_, argument) => openExperimentPanel(services, embedding, argument));
  const compare = registerPanelKind(services.context, services.log, comparePanelKind(services, selection));
  registerCommand(services, 'compareRuns', (_, argument, selected) =>
    openComparePanel(services, compare, argument, selected),
  );
  const predictions = registerPanelKind(services.context, services.log, predictionsPanelKind(services, selection));
  registerCommand(services, 'openPredictionsPanel', (_, argument) =>
    openPredictionsPanel(services, predictions, argument),
  );
  const detections: PanelOpener<DetectionsTarget> = registerPanelKind(
    services.context,
    services.log,
    detectionsPanelKind(services, selection, (target) => detections.open(target)),
  );
  registerCommand(services, 'openDetectionsPanel', (_, argument) =>
    openDetectionsPanel(services, detections, argument),
  );
  const weights: PanelOpener<WeightsTarget> = registerPanelKind(
    services.context,
    services.log,
    weightsPanelKind(services, selection, (target) => weights.open(target)),
  );
  const { kind: batchKind, panels } = createBatchPanels(services, selection);
  const batch = registerPanelKind(services.context, services.log, batchKind);
  registerCommand(services, 'debugBatch', (_, argument, written) =>
    debugBatch({ services, opener: batch, panels }, argument, written),
  );
  registerCommand(services, 'attachDebugger', () => attachDebugger(services, panels));
  registerCommand(services, 'openWeights', (_, argument) => openWeights(weights, argument));
  registerCommand(services, 'openCocoResults', (_, argument) => openCocoResults(services, detections, argument));
}
