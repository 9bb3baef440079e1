/** The panels: each has its own file here, its messages in shared/protocol/panels, its drawing in webview/panels. */
import { openLayersPanel } from '../commands/openLayersPanel';
import { registerCommand } from '../commands/registerCommands';
import type { RunServices } from '../runs/runServices';
import { layersPanelKind } from './layersPanel';
import { registerPanelKind } from './panelKind';
import { createSharedSelection } from './panelSelection';
import { registerResultsView } from './resultsView';
import { registerRunPanel } from './runPanel';

export function registerPanels(services: RunServices): void {
  const selection = createSharedSelection();
  services.context.subscriptions.push(selection);
  registerResultsView(services, selection);
  const layers = registerPanelKind(services.context, services.log, layersPanelKind(services, selection));
  registerCommand(services, 'openLayersPanel', (_, argument) => openLayersPanel(services, layers, argument));
  registerRunPanel(services);
}
