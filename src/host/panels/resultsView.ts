/** Registers the Results view of the side bar, which VS Code lets users move to the panel or the secondary side bar. */
import * as vscode from 'vscode';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { LinkIntent, MeasuredPlace } from '../../shared/protocol/panels/links';
import { findTarget, type RunServices } from '../runs/runServices';
import { followActiveExperiment } from './activeExperiment';
import { panelFolder, renderPanelHtml } from './panelHtml';
import { runsOf } from '../runs/resultsReader';
import type { SharedSelection } from './panelSelection';
import { connectPanel } from './panelWire';
import { targetOf } from '../commands/pick';
import { followLink } from './links';
import { createResultsSource } from './resultsPanel';
import { revealSetting } from './revealSetting';

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
  const link = (type: LinkIntent['type'], argument: unknown): Promise<void> =>
    followMenu(services, selection, { type, argument }).catch((error: unknown) => {
      log.error('following a number of the Results view', error);
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    });
  context.subscriptions.push(
    active,
    selection.onDidChange(() => {
      follow().catch((error: unknown) => log.error('following the selection', error));
    }),
    vscode.window.registerWebviewViewProvider('transferscope.results', provider),
    vscode.commands.registerCommand('transferscope.showImages', (argument: unknown) => link('showImages', argument)),
    vscode.commands.registerCommand('transferscope.showInExperiment', (argument: unknown) =>
      link('showInExperiment', argument),
    ),
    vscode.commands.registerCommand('transferscope.runOnlyThis', (argument: unknown) => {
      const { file, ids } = (argument ?? {}) as { readonly file?: string; readonly ids?: readonly string[] };
      const uri = file === undefined ? undefined : vscode.Uri.parse(file);
      return vscode.commands.executeCommand('transferscope.runOnly', uri, ids);
    }),
  );
}

/** What VS Code hands to the commands of the view's context menu: see `menuContext` of webview/panels/results/grid.ts. */
interface MenuArgument {
  readonly file?: string;
  readonly of?: MeasuredPlace;
  /** Of the experiment file. */
  readonly entry?: string;
}

async function followMenu(
  services: RunServices,
  selection: SharedSelection,
  { type, argument }: { readonly type: LinkIntent['type']; readonly argument: unknown },
): Promise<void> {
  const { file, of, entry = of?.measure } = (argument ?? {}) as MenuArgument;
  if (file === undefined || entry === undefined) return;
  const { fsPath } = vscode.Uri.parse(file);
  const run = findTarget(services, targetOf(argument)) ?? runsOf(services.library, fsPath)[0];
  if (type === 'showInExperiment')
    return revealSetting(services, run ?? { file: fsPath, folder: '' }, entry, undefined);
  if (run && of) await followLink({ type, of }, { services, selection, run });
}
