/** What a command is about: what it was called with, what is open, or what the user picks from a list. */
import * as vscode from 'vscode';
import type { TreeTarget } from '../../shared/views/results/treeNode';
import { formatRunAge } from '../../shared/views/results/runTree';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { LibraryRun } from '../runs/runLibrary';
import { findTarget, type RunServices } from '../runs/runServices';

/** The target of a tree node, or of anything shaped like one. */
export function targetOf(argument: unknown): TreeTarget | undefined {
  if (typeof argument !== 'object' || argument === null || !('target' in argument)) return undefined;
  return (argument as { readonly target?: TreeTarget }).target;
}

/** An experiment file: given, open, the only one, or picked. */
export async function pickExperiment(services: RunServices, argument: unknown): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri) return argument;
  const target = targetOf(argument);
  if (target?.type === 'experiment' || target?.type === 'entry') return vscode.Uri.file(target.file);
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open && isExperimentFile(open)) return open;
  const files = await services.catalog.list();
  if (files.length === 0) {
    const create = 'New Experiment…';
    const chosen = await vscode.window.showInformationMessage(
      'There is no experiment (*.transfer.yaml) here yet.',
      create,
    );
    if (chosen === create) await vscode.commands.executeCommand('transferscope.newExperiment');
    return undefined;
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which experiment?' }))?.uri;
}

export interface RunPick {
  readonly placeHolder: string;
  /** What to say when there is none. */
  readonly none: string;
  readonly isWanted: (run: LibraryRun) => boolean;
}

/** A run: given, the only one that is wanted, or picked. */
export async function pickRun(
  services: RunServices,
  argument: unknown,
  pick: RunPick,
): Promise<LibraryRun | undefined> {
  const given = findTarget(services, targetOf(argument));
  if (given) return given;
  const runs = services.library.runs().filter(pick.isWanted);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(pick.none);
    return undefined;
  }
  if (runs.length === 1) return runs[0];
  const items = runs.map((run) => ({
    label: run.run,
    description: [run.state, formatRunAge(run, new Date())].filter((part) => part !== '').join(' · '),
    run,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: pick.placeHolder }))?.run;
}
