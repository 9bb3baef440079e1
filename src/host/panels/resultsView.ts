/** Registers the Results view of the side bar, which VS Code lets users move to the panel or the secondary side bar. */
import * as vscode from 'vscode';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { RunServices } from '../runs/runServices';
import { followActiveExperiment } from './activeExperiment';
import { panelFolder, renderPanelHtml } from './panelHtml';
import type { SharedSelection } from './panelSelection';
import { connectPanel } from './panelWire';
import { createResultsSource } from './resultsPanel';

export function registerResultsView(services: RunServices, selection: SharedSelection): void {
  const { context, log } = services;
  const active = followActiveExperiment(context.workspaceState);
  const provider: vscode.WebviewViewProvider = {
    resolveWebviewView: (view) => {
      const { webview } = view;
      webview.options = { enableScripts: true, localResourceRoots: [panelFolder(context.extensionUri)] };
      const wire = connectPanel({
        webview,
        target: {},
        source: createResultsSource(services, selection, active),
        selection: selection.of(() => active.get()?.fsPath),
        isVisible: () => view.visible,
        onDidChangeVisibility: view.onDidChangeVisibility,
        log,
      });
      view.onDidDispose(() => wire.dispose());
      // Last: what its script says first must find the wire in place.
      webview.html = renderPanelHtml(webview, context.extensionUri, 'results');
    },
  };
  const follow = async (): Promise<void> => {
    const { experiment } = selection.get();
    if (experiment === undefined || experiment === active.get()?.fsPath) return;
    const uri = vscode.Uri.file(experiment);
    // A run of another machine names a file that is not here.
    if (isExperimentFile(uri) && (await services.catalog.read(uri)) && selection.get().experiment === experiment)
      active.show(uri);
  };
  context.subscriptions.push(
    active,
    selection.onDidChange(() => {
      follow().catch((error: unknown) => log.error('following the selection', error));
    }),
    vscode.window.registerWebviewViewProvider('transferscope.results', provider),
    vscode.commands.registerCommand('transferscope.runOnlyThis', (argument: unknown) => {
      const { file, ids } = (argument ?? {}) as { readonly file?: string; readonly ids?: readonly string[] };
      const uri = file === undefined ? undefined : vscode.Uri.parse(file);
      return vscode.commands.executeCommand('transferscope.runOnly', uri, ids);
    }),
  );
}
