/** What the commands and views of runs share: one object, built once per window by registerRuns. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Log } from '../log';
import { settings } from '../settings';
import type { TreeTarget } from '../../shared/views/results/treeNode';
import type { ExperimentCatalog } from './experimentCatalog';
import type { ResultsReader } from './resultsReader';
import { hasEnded, type Launch, type RunController } from './runController';
import type { LibraryRun, RunLibrary } from './runLibrary';
import type { RuntimeList } from './runtimeList';
import type { ProgramSettings } from './workerProgram';

export interface RunServices {
  readonly context: vscode.ExtensionContext;
  readonly log: Log;
  readonly controller: RunController;
  readonly library: RunLibrary;
  readonly catalog: ExperimentCatalog;
  readonly results: ResultsReader;
  readonly runtimes: RuntimeList;
  readonly onDidChangeLaunch: vscode.Event<Launch>;
  readonly onDidChangeRuns: vscode.Event<void>;
  /** As the settings are now. */
  program(): ProgramSettings;
}

/** The `.transferscope` folder for an experiment file: its workspace folder's, or beside a file outside of all. */
export function resultsFolderOf(file: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(file);
  return folder ? settings.resultsFolder(folder) : path.join(path.dirname(file.fsPath), '.transferscope');
}

/** Launches of this window that have not ended. */
export function activeLaunches({ controller }: RunServices): Launch[] {
  return controller.launches().filter((launch) => !hasEnded(launch));
}

/** The launch of this window that computes a run, if one does. */
export function launchOf(services: RunServices, run: Pick<LibraryRun, 'out' | 'run'>): Launch | undefined {
  return activeLaunches(services).find(({ request, progress }) => request.out === run.out && progress.run === run.run);
}

export function findTarget(services: RunServices, target: TreeTarget | undefined): LibraryRun | undefined {
  return target?.type === 'run' || target?.type === 'stage' ? services.library.find(target.out, target.run) : undefined;
}
