/** Opens the Layers panel of a run: the one given, the newest of an experiment file, or what the user picks. */
import * as vscode from 'vscode';
import { isRunReference, type RunReference } from '../../shared/protocol/panels/panelMessages';
import type { PanelOpener } from '../panels/panelKind';
import { isExperimentFile } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { pickRun, targetOf } from './pick';

export async function openLayersPanel(
  services: RunServices,
  opener: PanelOpener<RunReference>,
  argument: unknown,
): Promise<void> {
  if (isRunReference(argument)) return opener.open({ out: argument.out, run: argument.run });
  await services.library.ready();
  const file = fileOf(argument);
  const newest = file && runsOf(services.library, file.fsPath).find(hasTransfers);
  const run = newest ?? (await pickOther(services, argument, file));
  if (run) opener.open({ out: run.out, run: run.run });
}

/** The experiment that is meant: given, or open in front. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  const target = targetOf(argument);
  if (target?.type === 'experiment' || target?.type === 'entry') return vscode.Uri.file(target.file);
  const open = vscode.window.activeTextEditor?.document.uri;
  return argument === undefined && open && isExperimentFile(open) ? open : undefined;
}

async function pickOther(
  services: RunServices,
  argument: unknown,
  file: vscode.Uri | undefined,
): Promise<LibraryRun | undefined> {
  const isNamed = file !== undefined && argument !== undefined;
  if (isNamed) {
    const run = 'Run Experiment';
    const name = vscode.workspace.asRelativePath(file);
    const answer = await vscode.window.showInformationMessage(`${name} has no results yet.`, run);
    if (answer === run) await vscode.commands.executeCommand('transferscope.runExperiment', file);
    return undefined;
  }
  return pickRun(services, argument, {
    placeHolder: 'Layers of which run?',
    none: 'No run here has results by layer yet.',
    isWanted: hasTransfers,
  });
}

function hasTransfers({ manifest, status }: LibraryRun): boolean {
  return (manifest?.stages ?? []).some(({ id, kind }) => {
    const state = status?.stages[id]?.state;
    return kind === 'transfer' && (state === 'done' || state === 'reused');
  });
}
