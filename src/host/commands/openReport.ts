/**
 * A run's HTML report in a panel. The command line program draws it in a process of its own, so that the panel shows
 * exactly what `transferscope report` writes; the page has no script and forbids everything but its own styles.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommandLine } from '../runs/workerProgram';
import type { RunServices } from '../runs/runServices';
import { pickRun } from './pick';
import { themeReport } from './themeReport';

export async function openReport(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Report of which run?',
    none: 'There are no runs here yet.',
    isWanted: ({ manifest }) => manifest !== undefined,
  });
  if (!run) return;
  const folder = services.context.storageUri ?? services.context.globalStorageUri;
  const file = path.join(folder.fsPath, 'reports', `${run.run}.html`);
  const args = ['report', run.run, '--format', 'html', '--out', file, '--from', run.out];
  const title = `Drawing the report of ${run.run}`;
  const location = vscode.ProgressLocation.Window;
  await vscode.window.withProgress({ location, title }, () => runCommandLine(services.program(), args));
  const html = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(file)));
  showPanel(`Report: ${run.run}`, html);
}

function showPanel(title: string, html: string): void {
  const options = { enableScripts: false, enableFindWidget: true, localResourceRoots: [] };
  const panel = vscode.window.createWebviewPanel('transferscope.report', title, vscode.ViewColumn.Active, options);
  const draw = (): void => {
    const { kind } = vscode.window.activeColorTheme;
    const isDark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
    panel.webview.html = themeReport(html, isDark);
  };
  const theme = vscode.window.onDidChangeActiveColorTheme(draw);
  panel.onDidDispose(() => theme.dispose());
  draw();
}
