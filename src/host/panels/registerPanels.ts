/** The panels: each has its own file here, its messages in shared/protocol/panels, its drawing in webview/panels. */
import type { RunServices } from '../runs/runServices';
import { createSharedSelection } from './panelSelection';
import { registerRunPanel } from './runPanel';

export function registerPanels(services: RunServices): void {
  const selection = createSharedSelection();
  services.context.subscriptions.push(selection);
  registerRunPanel(services);
}
