/** From a wish of the user to a launch: trusted, saved, without errors, with the runtime of file and settings. */
import * as vscode from 'vscode';
import type { RuntimeChoice } from '../../shared/experiment/schema';
import type { RunRequest } from '../../shared/protocol/worker';
import { settings } from '../settings';
import type { Launch } from './runController';
import type { LibraryRun } from './runLibrary';
import { launchOf, resultsFolderOf, type RunServices } from './runServices';

/** What is asked for beside the file. */
export type LaunchWish = Pick<RunRequest, 'only' | 'seeds' | 'analyses'>;

/** What a worker needs to know of a file. */
export type ReadyFile = Pick<RunRequest, 'file' | 'out' | 'runtime'>;

/** Undefined when it was not launched; the user has been told why. */
export async function launchExperiment(
  services: RunServices,
  uri: vscode.Uri,
  wish: LaunchWish = {},
): Promise<Launch | undefined> {
  const ready = await makeReady(services, uri);
  if (!ready) return undefined;
  services.library.addFolder(ready.out);
  return services.controller.launch({ ...ready, ...sharing(), ...wish });
}

/** Saves the file and checks that a worker may read it. Undefined when not; the user has been told why. */
export async function makeReady(services: RunServices, uri: vscode.Uri): Promise<ReadyFile | undefined> {
  if (!isTrusted()) return undefined;
  if (uri.scheme !== 'file') {
    void vscode.window.showErrorMessage('Runs need files on disk; this experiment is in a virtual folder.');
    return undefined;
  }
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty && !(await open.save())) return undefined;
  const entry = await services.catalog.read(uri);
  if (!entry) {
    void vscode.window.showErrorMessage(`${uri.fsPath} cannot be read.`);
    return undefined;
  }
  const { experiment, problems } = entry.parsed;
  if (!experiment) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    void showErrors(
      uri,
      errors.map(({ message }) => message),
    );
    return undefined;
  }
  const runtime = chooseRuntime(experiment.runtime);
  return { file: uri.fsPath, out: resultsFolderOf(uri), ...(runtime !== undefined && { runtime }) };
}

export function resumeRun(services: RunServices, { out, run, file }: LibraryRun): Launch | undefined {
  if (!isTrusted() || launchOf(services, { out, run })) return undefined;
  return services.controller.launch({ file, out, resume: run, ...sharing() });
}

/** Several workers, where the settings say so. */
function sharing(): { readonly workers?: number } {
  const workers = settings.workers();
  return workers > 1 ? { workers } : {};
}

/** What an experiment names goes before the setting. */
function chooseRuntime(named: RuntimeChoice): string | undefined {
  const chosen = settings.runtime();
  return named === 'auto' && chosen !== 'auto' ? chosen : undefined;
}

function isTrusted(): boolean {
  if (vscode.workspace.isTrusted) return true;
  void vscode.window.showErrorMessage('Nothing runs in a workspace that is not trusted; trust it to run experiments.');
  return false;
}

async function showErrors(uri: vscode.Uri, messages: readonly string[]): Promise<void> {
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : '';
  const show = 'Show Problems';
  const chosen = await vscode.window.showErrorMessage(
    `Not launched: ${messages[0] ?? 'the file is empty'}${more}`,
    show,
  );
  if (chosen !== show) return;
  await vscode.window.showTextDocument(uri);
  await vscode.commands.executeCommand('workbench.actions.view.problems');
}
