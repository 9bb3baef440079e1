/** Shows an entry of an experiment file, in the editor that has the file already, if one does. */
import * as vscode from 'vscode';
import type { ExperimentOutline } from '../../shared/views/results/experimentTree';

/** The pretraining or transfer of this id; the file where there is none. */
export async function revealEntry(
  uri: vscode.Uri,
  outline: Pick<ExperimentOutline, 'pretrainings' | 'transfers'> | undefined,
  id: string | undefined,
): Promise<void> {
  const entries = outline ? [...outline.pretrainings, ...outline.transfers] : [];
  const line = entries.find((entry) => entry.id === id)?.line ?? 1;
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  const at = new vscode.Range(line - 1, 0, line - 1, 0);
  const viewColumn = shown?.viewColumn ?? vscode.ViewColumn.One;
  const editor = await vscode.window.showTextDocument(uri, { viewColumn, selection: at });
  editor.revealRange(at, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
