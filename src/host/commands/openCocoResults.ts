/** Looks at the results of anybody's detector: asks for the ground truth and the images once, and remembers them. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DetectionsTarget, FilesTarget } from '../../shared/protocol/panels/detectionsPanel';
import type { PanelOpener } from '../panels/panelKind';
import type { RunServices } from '../runs/runServices';

/** By the folder of the results: where its ground truth and images are. */
const KEY = 'transferscope.cocoFiles';

interface Remembered {
  readonly truth: string;
  readonly images?: string;
}

const json = { JSON: ['json'] };

export async function openCocoResults(
  services: RunServices,
  opener: PanelOpener<DetectionsTarget>,
  argument: unknown,
): Promise<void> {
  const results = argument instanceof vscode.Uri ? argument.fsPath : await pickFile('Choose COCO results', undefined);
  if (results === undefined) return;
  const memory = services.context.workspaceState;
  const known = memory.get<Record<string, Remembered>>(KEY) ?? {};
  const folder = path.dirname(results);
  const place = await choosePlace(known[folder], folder);
  if (!place) return;
  await memory.update(KEY, { ...known, [folder]: place });
  opener.open({ kind: 'files', results: [results], ...place });
}

/** What was used for this folder, or what the user chooses. */
async function choosePlace(known: Remembered | undefined, folder: string): Promise<Remembered | undefined> {
  if (known) {
    const same = { label: 'The same as before', description: vscode.workspace.asRelativePath(known.truth), known };
    const other = { label: 'Choose other files…', known: undefined };
    const picked = await vscode.window.showQuickPick([same, other], { placeHolder: 'Ground truth' });
    if (!picked) return undefined;
    if (picked.known) return picked.known;
  }
  const truth = await pickFile('Choose the ground truth (COCO annotations)', folder);
  if (truth === undefined) return undefined;
  const images = await pickFolder(path.dirname(truth));
  return { truth, ...(images !== undefined && { images }) };
}

/** The same panel with images, remembered for the next time. */
export async function pickImageFolder(services: RunServices, target: FilesTarget): Promise<FilesTarget | undefined> {
  const images = await pickFolder(path.dirname(target.truth));
  if (images === undefined) return undefined;
  const memory = services.context.workspaceState;
  const known = memory.get<Record<string, Remembered>>(KEY) ?? {};
  await memory.update(KEY, { ...known, [path.dirname(target.results[0]!)]: { truth: target.truth, images } });
  return { ...target, images };
}

/** The same panel with a second file of results. */
export async function pickOtherResults(target: FilesTarget): Promise<FilesTarget | undefined> {
  const other = await pickFile('Choose the results to compare with', path.dirname(target.results[0]!));
  return other === undefined ? undefined : { ...target, results: [target.results[0]!, other] };
}

async function pickFile(title: string, folder: string | undefined): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    openLabel: 'Choose',
    filters: json,
    ...(folder !== undefined && { defaultUri: vscode.Uri.file(folder) }),
  });
  return picked?.[0]?.fsPath;
}

async function pickFolder(folder: string): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: 'Choose the folder of the images (cancel to go without)',
    openLabel: 'Choose',
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: vscode.Uri.file(folder),
  });
  return picked?.[0]?.fsPath;
}
