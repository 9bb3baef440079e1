/**
 * Problems of the open experiment files, while they are typed. A file is read a moment after the last key; what was found
 * for an older version is dropped. Files and folders that are named but not there are looked for without waiting.
 */
import * as vscode from 'vscode';
import type { Log } from '../log';
import type { ExperimentEditor } from './experimentEditor';
import { isExperiment } from './experimentFiles';

/** From the last key to reading, in ms: fast typing is not interrupted, and nobody notices the wait. */
const debounceMs = 40;

export class LiveDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('transferscope');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly editor: () => Promise<ExperimentEditor>,
    private readonly log: Log,
  ) {
    const { workspace } = vscode;
    const again = (): void => this.checkAll();
    this.subscriptions = [
      workspace.onDidOpenTextDocument((document) => this.schedule(document, 0)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.schedule(document, debounceMs);
      }),
      workspace.onDidCloseTextDocument((document) => this.forget(document)),
      workspace.onDidSaveTextDocument((document) => this.schedule(document, 0)),
      // Files that were missing may be there now, and the other way round.
      workspace.onDidCreateFiles(again),
      workspace.onDidDeleteFiles(again),
      workspace.onDidRenameFiles(again),
      workspace.onDidChangeWorkspaceFolders(again),
    ];
    this.checkAll();
  }

  dispose(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.collection.dispose();
  }

  private checkAll(): void {
    vscode.workspace.textDocuments.forEach((document) => this.schedule(document, 0));
  }

  private schedule(document: vscode.TextDocument, delayMs: number): void {
    if (!isExperiment(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        this.check(document).catch((error: unknown) => this.log.error(`cannot check ${document.uri.path}`, error));
      }, delayMs),
    );
  }

  private forget({ uri }: vscode.TextDocument): void {
    clearTimeout(this.timers.get(uri.toString()));
    this.timers.delete(uri.toString());
    this.collection.delete(uri);
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const editor = await this.editor();
    if (document.isClosed) return;
    const { version } = document;
    const problems = editor.problems(document);
    this.collection.set(document.uri, problems.list());
    const changed = await problems.lookForFiles();
    if (changed && !document.isClosed && document.version === version)
      this.collection.set(document.uri, problems.list());
  }
}
