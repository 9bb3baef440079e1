/** Writes a new experiment file from a row of the Compare panel: the run's own file, cut to what the row is about. */
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { CompareRow } from '../../shared/protocol/panels/comparePanel';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';

export async function applyRow(services: RunServices, run: LibraryRun, row: CompareRow): Promise<void> {
  const { context, log } = services;
  const source = vscode.Uri.file(path.join(run.folder, 'experiment.yaml'));
  const text = await vscode.workspace.fs.readFile(source).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => {
      throw new UserError('storage', `${run.run} has kept no experiment file, so there is nothing to apply.`);
    },
  );
  const name = nameFor(row);
  const [{ completeCut, cutExperiment, renameExperiment }, { parseExperiment }, { loadRecipes }] = await Promise.all([
    import('../../shared/experiment/cutExperiment'),
    import('../../shared/experiment/parse'),
    import('../editing/loadRecipes'),
  ]);
  const recipes = await loadRecipes(context.extensionUri, log);
  const parse = (source: string) => parseExperiment(source, { fileName: name, recipes }).experiment;
  const asked = {
    name,
    pretrainings: [row.pretraining, ...(row.against === undefined ? [] : [row.against])],
    transfers: row.kind === 'transfer' ? [row.measure] : [],
    analyses: row.kind === 'analysis' ? [row.measure] : [],
  };
  const whole = parse(text);
  const cut = cutExperiment(text, whole ? completeCut(asked, whole) : asked);
  const isSound = cut !== undefined && parse(cut) !== undefined;
  const written = isSound ? cut : (renameExperiment(text, name) ?? text);
  const file = await freeFile(await folderOf(run), name);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(written));
  if (!isSound)
    void vscode.window.showInformationMessage(
      `${path.basename(file.fsPath)} has all of the experiment: what this row needs could not be told apart. Take out what you do not want.`,
    );
  await vscode.window.showTextDocument(file, { viewColumn: vscode.ViewColumn.One });
}

function nameFor({ experiment, pretraining, measure }: CompareRow): string {
  const parts = [experiment, pretraining, measure].filter((part) => part !== '');
  const name = parts
    .join('-')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '');
  return name.slice(0, 60) || 'experiment';
}

/** Beside the file that was run, so that its relative paths lead where they did. */
async function folderOf({ file, manifest }: LibraryRun): Promise<vscode.Uri> {
  const own = vscode.Uri.file(manifest?.baseDir ?? path.dirname(file));
  const isThere = await vscode.workspace.fs.stat(own).then(
    () => true,
    () => false,
  );
  const folder = isThere ? own : vscode.workspace.workspaceFolders?.[0]?.uri;
  if (folder) return folder;
  throw new UserError('storage', `${own.fsPath} is not here; open a folder for the new file.`);
}

async function freeFile(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const file = vscode.Uri.joinPath(folder, `${name}${number === 1 ? '' : `-${number}`}.transfer.yaml`);
    const isThere = await vscode.workspace.fs.stat(file).then(
      () => true,
      () => false,
    );
    if (!isThere) return file;
  }
}
