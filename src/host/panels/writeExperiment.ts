/** Puts what a panel proposes into an experiment file, and shows where it stands. */
import * as vscode from 'vscode';
import type { QuickFix } from '../../shared/experiment/problem';

export async function applyQuickFix(document: vscode.TextDocument, { edits }: QuickFix): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of edits) {
    const [from, to] = [document.positionAt(range.start.offset), document.positionAt(range.end.offset)];
    edit.replace(document.uri, new vscode.Range(from, to), newText);
  }
  await vscode.workspace.applyEdit(edit);
}

/** Opens the file with the cursor behind the first thing that was put in. */
export async function revealEnd(document: vscode.TextDocument, { edits }: QuickFix): Promise<void> {
  const { range, newText } = edits[0]!;
  const at = document.positionAt(range.start.offset + newText.length);
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(at, at),
  });
}
