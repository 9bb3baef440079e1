/** Opens the Weights panel of a file: one that is given, or one that the user chooses. */
import path from 'node:path';
import * as vscode from 'vscode';
import { weightsEndings } from '../../shared/editing/weightsEndings';
import { isWeightsTarget, type WeightsTarget } from '../../shared/protocol/panels/weightsPanel';
import type { PanelOpener } from '../panels/panelKind';

export async function openWeights(opener: PanelOpener<WeightsTarget>, argument: unknown): Promise<void> {
  if (isWeightsTarget(argument)) return opener.open(argument);
  const file = argument instanceof vscode.Uri ? argument.fsPath : await pickWeights('Choose a weight file', undefined);
  if (file !== undefined) opener.open({ file: path.normalize(file) });
}

/** A path on this machine. */
export async function pickWeights(title: string, folder: string | undefined): Promise<string | undefined> {
  const start = folder === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri : vscode.Uri.file(folder);
  const picked = await vscode.window.showOpenDialog({
    title,
    openLabel: 'Choose',
    filters: { Weights: [...weightsEndings, 'json'], 'All files': ['*'] },
    ...(start && { defaultUri: start }),
  });
  return picked?.[0]?.fsPath;
}
