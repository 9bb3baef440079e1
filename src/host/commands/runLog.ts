/** The log of a run as a read-only text that grows while the run goes on. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { readEnd } from '../../runs/readEnd';
import { formatLog } from '../../shared/views/runLog';
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

export function registerRunLog({ context, onDidChangeRuns }: RunServices): void {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async ({ query }) => formatLog(await readEnd(join(query, 'log.jsonl'), MOST_BYTES)),
  };
  context.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    onDidChangeRuns(() => {
      for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === SCHEME) changed.fire(uri);
    }),
  );
}

function logUri({ run, folder }: LibraryRun): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${run}.log`, query: folder });
}
