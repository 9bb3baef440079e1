/**
 * Panels in the editor area, one per target (the same run opened again is revealed, not doubled). VS Code restores them
 * after a reload or restart: the webview keeps its target and its view in its state, and the serializer builds the rest.
 */
import * as vscode from 'vscode';
import type { PanelMemory } from '../../shared/protocol/panels/panelMessages';
import type { Log } from '../log';
import { panelFolder, renderPanelHtml } from './panelHtml';
import { connectPanel, type PanelSource } from './panelWire';

export interface PanelKind<Target, Model, Intent> {
  /** Also in package.json: activationEvents `onWebviewPanel:<viewType>`. */
  readonly viewType: `transferscope.${string}`;
  /** Names dist/webview/<bundle>.js and .css. */
  readonly bundle: string;
  title(target: Target): string;
  /** Of what an earlier version of the extension may have left. */
  isTarget(value: unknown): value is Target;
  createSource(target: Target): PanelSource<Model, Intent>;
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
  const fill = (panel: vscode.WebviewPanel, target: Target): void => {
    const key = JSON.stringify(target);
    const { webview } = panel;
    shown.set(key, panel);
    panel.iconPath = vscode.Uri.joinPath(root, 'media', 'activity.svg');
    webview.options = { enableScripts: true, localResourceRoots: [panelFolder(root)] };
    const wire = connectPanel({
      webview,
      target,
      source: kind.createSource(target),
      isVisible: () => panel.visible,
      onDidChangeVisibility: panel.onDidChangeViewState,
      log,
    });
    panel.onDidDispose(() => {
      shown.delete(key);
      wire.dispose();
    });
    // Last: what its script says first must find the wire in place.
    webview.html = renderPanelHtml(webview, root, kind.bundle);
  };
  context.subscriptions.push(
    { dispose: () => [...shown.values()].forEach((panel) => panel.dispose()) },
    vscode.window.registerWebviewPanelSerializer(kind.viewType, {
      deserializeWebviewPanel: async (panel, memory: Partial<PanelMemory<unknown, unknown>> | undefined) => {
        const target = memory?.target;
        if (kind.isTarget(target)) fill(panel, target);
        else panel.dispose();
      },
    }),
  );
  return {
    open: (target, column = vscode.ViewColumn.Beside) => {
      const known = shown.get(JSON.stringify(target));
      if (known) return known.reveal();
      fill(vscode.window.createWebviewPanel(kind.viewType, kind.title(target), column), target);
    },
  };
}
