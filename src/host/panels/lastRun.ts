/** How an experiment file stands in this window: its newest run, what waits for its turn, its problems. */
import * as vscode from 'vscode';
import type { PendingLaunch } from '../../shared/views/run/runLine';
import type { RunView } from '../../shared/views/results/runTree';
import type { CatalogEntry } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { Launch } from '../runs/runController';
import { activeLaunches, launchOf, type RunServices } from '../runs/runServices';
import { toRunView } from '../views/registerViews';

export interface LastRun {
  readonly last: RunView | undefined;
  /** A launch of this window that has no folder yet. */
  readonly pending: PendingLaunch | undefined;
  /** Of this window, for the file, under way or waiting. */
  readonly launch: Launch | undefined;
}

export function selectLastRun(services: RunServices, { fsPath }: vscode.Uri): LastRun {
  const [newest] = runsOf(services.library, fsPath);
  const launches = activeLaunches(services).filter(({ request }) => request.file === fsPath);
  const own = newest && launchOf(services, newest);
  const launch = launches.find(({ state }) => state !== 'planned') ?? launches[0];
  const isPending = launch !== undefined && (launch !== own || launch.progress.stages.size === 0);
  return {
    last: newest && toRunView(services, newest),
    launch,
    pending: isPending ? { state: pendingState(launch), run: launch.progress.run } : undefined,
  };
}

function pendingState({ state }: Launch): PendingLaunch['state'] {
  return state === 'planned' || state === 'stopping' ? state : 'running';
}

export interface ProblemCounts {
  readonly errors: number;
  readonly warnings: number;
}

/** As the Problems view counts them; it knows only files that are open. */
export function countProblems({ uri, parsed }: CatalogEntry): ProblemCounts {
  const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
  if (!isOpen) {
    const count = (wanted: string): number => parsed.problems.filter(({ severity }) => severity === wanted).length;
    return { errors: count('error'), warnings: count('warning') };
  }
  const shown = vscode.languages.getDiagnostics(uri);
  const count = (wanted: vscode.DiagnosticSeverity): number =>
    shown.filter(({ severity }) => severity === wanted).length;
  return { errors: count(vscode.DiagnosticSeverity.Error), warnings: count(vscode.DiagnosticSeverity.Warning) };
}
