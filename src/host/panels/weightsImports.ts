/** Which pretraining of which experiment file imports a weight file, and writing what its names begin with into it. */
import path from 'node:path';
import * as vscode from 'vscode';
import { importedUses, type ImportedUse } from '../../shared/editing/weightsUse';
import { UserError } from '../../shared/errors';
import type { WeightsTarget } from '../../shared/protocol/panels/weightsPanel';
import { diskPathOf } from '../editing/experimentFiles';
import type { CatalogEntry } from '../runs/experimentCatalog';
import type { RunServices } from '../runs/runServices';

export interface WeightsImport extends ImportedUse {
  readonly entry: CatalogEntry;
}

/** The one of the target, or the first of the workspace. */
export async function findImport(services: RunServices, target: WeightsTarget): Promise<WeightsImport | undefined> {
  const { use } = target;
  const uris = use ? [vscode.Uri.file(use.experiment)] : await services.catalog.list();
  for (const uri of uris) {
    const entry = await services.catalog.read(uri);
    const found = entry && usesOf(entry, target.file).find((one) => !use || one.pretraining === use.pretraining);
    if (found) return { ...found, entry };
  }
  return undefined;
}

function usesOf({ uri, parsed }: CatalogEntry, file: string): ImportedUse[] {
  const isFile = (written: string): boolean => {
    const found = diskPathOf({ uri, isUntitled: false }, written);
    return found !== undefined && path.normalize(found) === path.normalize(file);
  };
  return importedUses(parsed.document).filter(({ paths }) => paths.some(isFile));
}

/** Saves the file when it had no unsaved changes before. */
export async function writePrefix({ entry, index, pretraining }: WeightsImport, prefix: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(entry.uri);
  const { text, fix } = entry.parsed.document;
  const change = fix.setValue(['pretrainings', index, 'prefix'], prefix);
  if (document.getText() !== text || !change)
    throw new UserError(
      'config',
      `The prefix cannot be put into ${path.basename(entry.uri.fsPath)}; write \`prefix: ${JSON.stringify(prefix)}\` below \`weights\` of ${pretraining}.`,
    );
  const wasSaved = !document.isDirty;
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of change.edits) {
    const [from, to] = [document.positionAt(range.start.offset), document.positionAt(range.end.offset)];
    edit.replace(entry.uri, new vscode.Range(from, to), newText);
  }
  await vscode.workspace.applyEdit(edit);
  if (wasSaved) await document.save();
}

/** Opens the experiment file at the pretraining. */
export async function revealImport({ entry, index }: WeightsImport): Promise<void> {
  const { start } = entry.parsed.document.rangeOf(['pretrainings', index, 'weights'], 'key');
  const place = new vscode.Position(start.line - 1, start.column - 1);
  await vscode.window.showTextDocument(entry.uri, {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(place, place),
  });
}
