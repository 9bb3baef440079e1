/**
 * Panels in the editor area, one per target (the same run opened again is revealed, not doubled). VS Code restores them
 * after a reload or restart: the webview keeps its target and its view in its state, and the serializer builds the rest.
 */
import * as vscode from 'vscode';
import type { PanelMemory } from '../../shared/protocol/panels/panelMessages';
import type { Log } from '../log';
import { columnForPanel } from './panelColumn';
import { panelFolder, renderPanelHtml } from './panelHtml';
import type { SelectionOfPanel } from './panelSelection';
import { connectPanel, type PanelSource } from './panelWire';

export interface PanelKind<Target, Model, Intent> {
  /** Also in package.json: activationEvents `onWebviewPanel:<viewType>`. */
  readonly viewType: `transferscope.${string}`;
  /** Names dist/webview/<bundle>.js and .css. */
  readonly bundle: string;
  title(target: Target): string;
  /** Of what an earlier version of the extension may have left. */
  isTarget(value: unknown): value is Target;
  /** `toUrl`: what the page may read of the folders in `roots`. */
  createSource(target: Target, toUrl: (uri: vscode.Uri) => string): PanelSource<Model, Intent>;
  /** Of panels that follow what is looked at in others. */
  selectionOf?(target: Target): SelectionOfPanel;
  /** Folders beside the panels' own that its page reads from. */
  roots?(target: Target): Promise<readonly vscode.Uri[]>;
}

export interface PanelOpener<Target> {
  open(target: Target, column?: vscode.ViewColumn): void;
}

export function registerPanelKind<Target, Model, Intent>(
  context: vscode.ExtensionContext,
  log: Log,
  kind: PanelKind<Target, Model, Intent>,
): PanelOpener<Target> {
  const root = context.extensionUri;
  const shown = new Map<string, vscode.WebviewPanel>();
  const fill = async (panel: vscode.WebviewPanel, target: Target): Promise<void> => {
    const key = JSON.stringify(target);
    const { webview } = panel;
    shown.set(key, panel);
    const icon = (ground: string): vscode.Uri => vscode.Uri.joinPath(root, 'media', `panel-${ground}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    let isGone = false;
    panel.onDidDispose(() => {
      isGone = true;
      shown.delete(key);
    });
    // Before the page: changing them later would load it again.
    const roots = (await kind.roots?.(target)) ?? [];
    if (isGone) return;
    webview.options = { enableScripts: true, localResourceRoots: [panelFolder(root), ...roots] };
    const wire = connectPanel({
      webview,
      target,
      source: kind.createSource(target, (uri) => webview.asWebviewUri(uri).toString()),
      selection: kind.selectionOf?.(target),
      isVisible: () => panel.visible,
      onDidChangeVisibility: panel.onDidChangeViewState,
      log,
    });
    panel.onDidDispose(() => wire.dispose());
    // Last: what its script says first must find the wire in place.
    webview.html = renderPanelHtml(webview, root, kind.bundle);
  };
  context.subscriptions.push(
    { dispose: () => [...shown.values()].forEach((panel) => panel.dispose()) },
    vscode.window.registerWebviewPanelSerializer(kind.viewType, {
      deserializeWebviewPanel: async (panel, memory: Partial<PanelMemory<unknown, unknown>> | undefined) => {
        const target = memory?.target;
        if (kind.isTarget(target)) await fill(panel, target);
        else panel.dispose();
      },
    }),
  );
  return {
    open: (target, column = columnForPanel(kind.viewType)) => {
      const known = shown.get(JSON.stringify(target));
      if (known) return known.reveal();
      const panel = vscode.window.createWebviewPanel(kind.viewType, kind.title(target), column);
      fill(panel, target).catch((error: unknown) => log.error(`opening ${kind.viewType}`, error));
    },
  };
}
