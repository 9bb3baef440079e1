/** Commands about what a run left on disk. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import type { RunServices } from '../runs/runServices';
import { pickRun } from './pick';

/** In the file manager of this machine; in the editor's own explorer where the files are elsewhere. */
export async function revealRunFolder(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Folder of which run?',
    none: 'There are no runs here yet.',
    isWanted: () => true,
  });
  if (!run) return;
  const folder = vscode.Uri.file(run.folder);
  const isHere = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  await vscode.commands.executeCommand(isHere ? 'revealFileInOS' : 'revealInExplorer', folder);
}

/** Moves the run's folder to the trash. Stages stay: other runs may share them, and running again reuses them. */
export async function deleteRun(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Delete which run?',
    none: 'There are no runs here to delete.',
    isWanted: ({ state }) => !isUnderWay(state),
  });
  if (!run) return;
  if (isUnderWay(run.state)) {
    void vscode.window.showErrorMessage(`${run.run} is running; stop it before you delete it.`);
    return;
  }
  const confirm = 'Delete';
  const detail = 'Its folder moves to the trash. Results of its stages stay, so that running again costs nothing.';
  const answer = await vscode.window.showWarningMessage(`Delete the run ${run.run}?`, { modal: true, detail }, confirm);
  if (answer !== confirm) return;
  await remove(vscode.Uri.file(run.folder));
  await services.library.update(run.out, run.run);
}

async function remove(folder: vscode.Uri): Promise<void> {
  try {
    await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: true });
  } catch {
    const confirm = 'Delete for Good';
    const message = 'There is no trash on this machine. Delete the run for good?';
    const answer = await vscode.window.showWarningMessage(message, { modal: true }, confirm);
    if (answer === confirm) await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: false });
  }
}
