/** The log of a run as a read-only text that grows while the run goes on. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { readLog } from '../../runs/runDetails';
import { formatLog } from '../../shared/views/run/runLog';
import { hasEnded } from '../runs/runController';
import { firstLineOf, lastLinesOf } from '../runs/windowMessage';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { pickRun } from './pick';

const SCHEME = 'transferscope-log';
/** Of longer logs the end is shown. */
const MOST_BYTES = 2_000_000;

export async function showLog(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Log of which run?',
    none: 'There are no runs here yet.',
    isWanted: () => true,
  });
  if (!run) return;
  const document = await vscode.workspace.openTextDocument(logUri(run));
  const editor = await vscode.window.showTextDocument(document, { preview: true });
  const end = document.lineAt(document.lineCount - 1).range;
  editor.revealRange(end);
}

export function registerRunLog(services: RunServices): void {
  const { context, onDidChangeRuns, onDidChangeLaunch } = services;
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const refresh = (): void => {
    for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === SCHEME) changed.fire(uri);
  };
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async ({ query }) =>
      formatLog(await readLog(query, MOST_BYTES)) + lastWords(services, query),
  };
  context.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    onDidChangeRuns(refresh),
    onDidChangeLaunch((launch) => hasEnded(launch) && refresh()),
  );
}

/** A worker that dies writes no log; what it said last is known to the window that launched it. */
function lastWords({ controller }: RunServices, folder: string): string {
  const launches = controller.launches().filter(({ request, progress }) => {
    return progress.run !== '' && join(request.out, 'runs', progress.run) === folder;
  });
  const failure = launches.at(-1)?.failure;
  if (failure === undefined) return '';
  return ['', firstLineOf(failure), ...lastLinesOf(failure).map((line) => `  ${line}`), ''].join('\n');
}

function logUri({ run, folder }: LibraryRun): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${run}.log`, query: folder });
}
