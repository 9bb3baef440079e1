/** Keeps a picture or a table of a panel where the user says. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { SavedFile } from '../../shared/protocol/panels/panelMessages';

export async function saveFile({ name, encoding, content }: SavedFile): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const extension = path.extname(name).slice(1);
  const safeName = path.basename(name).replace(/[<>:"|?*\s]+/g, '-');
  const target = await vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, safeName) }),
    filters: { [extension.toUpperCase()]: [extension] },
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, encoding));
  const open = 'Open';
  const shown = `Saved ${vscode.workspace.asRelativePath(target)}.`;
  if ((await vscode.window.showInformationMessage(shown, open)) === open)
    await vscode.commands.executeCommand('vscode.open', target);
}
