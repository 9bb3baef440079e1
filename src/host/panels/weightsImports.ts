/** Which pretraining of which experiment file imports a weight file; writing such a pretraining, or what its names begin with, into one. */
import path from 'node:path';
import * as vscode from 'vscode';
import { importedUses, type ImportedUse } from '../../shared/editing/weightsUse';
import { UserError } from '../../shared/errors';
import { unusedId } from '../../shared/experiment/unusedId';
import type { WeightsTarget } from '../../shared/protocol/panels/weightsPanel';
import { pickExperiment } from '../commands/pick';
import { diskPathOf } from '../editing/experimentFiles';
import type { CatalogEntry } from '../runs/experimentCatalog';
import type { RunServices } from '../runs/runServices';
import { applyQuickFix, revealEnd } from './writeExperiment';

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
  await applyQuickFix(document, change);
  if (wasSaved) await document.save();
}

/** Puts a pretraining that imports the file into an experiment that the user has open or picks; it is theirs to save. */
export async function addImport(services: RunServices, file: string): Promise<void> {
  const uri = await pickExperiment(services, undefined);
  const entry = uri && (await services.catalog.read(uri));
  if (!entry) return;
  const { document: parsed, experiment } = entry.parsed;
  const document = await vscode.workspace.openTextDocument(entry.uri);
  const weights = pathBetween(path.dirname(entry.uri.fsPath), file);
  const taken = new Set(experiment?.pretrainings.map(({ id }) => id));
  const item = { id: unusedId(nameFromFile(file), taken), weights };
  const change = parsed.fix.addItem('pretrainings', item);
  if (document.getText() !== parsed.text || !change)
    throw new UserError(
      'config',
      `${path.basename(entry.uri.fsPath)} cannot be changed here; write \`weights: ${JSON.stringify(weights)}\` below \`pretrainings\`.`,
    );
  await applyQuickFix(document, change);
  await revealEnd(document, change);
}

/** As experiment files write paths: with slashes, relative unless that is impossible (another drive). */
function pathBetween(folder: string, file: string): string {
  return path.relative(folder, file).replaceAll(path.sep, '/');
}

/** `resnet50-v2` of `/w/ResNet50_v2.pth.tar`: what an id may hold. */
function nameFromFile(file: string): string {
  const [stem = ''] = path.basename(file).split('.');
  const plain = stem.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return plain.replace(/^[^a-z]+|-+$/g, '') || 'imported';
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
