/** Shows the line that made a number: of the experiment file where it has the entry, else of the run's own copy. */
import path from 'node:path';
import * as vscode from 'vscode';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import type { Path } from '../../shared/experiment/places';

/** `entry`: id of a pretraining, transfer or analysis; `field`: `transfer.learningRate`, as columns are called. */
export async function revealSetting(
  services: RunServices,
  { file, folder }: Pick<LibraryRun, 'file' | 'folder'>,
  entry: string,
  field: string | undefined,
): Promise<void> {
  const own = vscode.Uri.file(file);
  const entryOfFile = isExperimentFile(own) && (await isThere(own)) ? await services.catalog.read(own) : undefined;
  const copy = vscode.Uri.file(path.join(folder, 'experiment.yaml'));
  // What was started from a panel, or has been taken out since, stands in the copy alone.
  const isCopied = !entryOfFile || (!entryOfFile.parsed.places.has(entry) && (await isThere(copy)));
  const uri = isCopied ? copy : own;
  const document = await vscode.workspace.openTextDocument(uri);
  const { parseExperiment } = await import('../../shared/experiment/parse');
  const parsed =
    (isCopied ? undefined : entryOfFile?.parsed) ??
    parseExperiment(document.getText(), { fileName: uri.fsPath, recipes: new Map() });
  const at = parsed.places.get(entry);
  const place = fieldPath(parsed.document.value, at, field);
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  const { start } = parsed.document.rangeOf(place ?? []);
  const position = new vscode.Position(start.line - 1, start.column - 1);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: new vscode.Range(position, position),
  });
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Where the field is written; its entry where it is a default or comes with a recipe. */
function fieldPath(value: unknown, entry: Path | undefined, field: string | undefined): Path | undefined {
  const [group = '', ...names] = (field ?? '').split('.');
  if (group === 'backbone') return ['backbone', ...names];
  if (!entry || names.length === 0) return entry;
  if (group === 'transfer' || group === 'pretraining') return [...entry, ...names];
  if (group !== 'data' && group !== 'pretrainingData') return entry;
  const [list, place] = entry;
  const entries = (value as Readonly<Record<string, unknown>>)[String(list)];
  const { data } = ((Array.isArray(entries) ? entries[Number(place)] : undefined) ?? {}) as { readonly data?: unknown };
  return typeof data === 'string' ? ['data', data, ...names] : entry;
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
