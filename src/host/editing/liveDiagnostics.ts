/**
 * Problems of the open experiment files, while they are typed. A file is read a moment after the last key; what was found
 * for an older version is dropped. Files and folders that are named but not there are looked for, and imported weights are
 * looked into, without waiting.
 */
import * as vscode from 'vscode';
import type { Log } from '../log';
import type { ExperimentEditor } from './experimentEditor';
import { SETTINGS_SECTION } from '../settings';
import { isExperiment } from './experimentFiles';
import { weightsEndings } from '../../shared/editing/weightsEndings';

/** From the last key to reading, in ms: fast typing is not interrupted, and nobody notices the wait. */
const debounceMs = 25;
/** Typing that never pauses (a key held down) is checked nevertheless this often. */
const longestWaitMs = 250;

/** The problems of one version of a file are on show. */
export interface ExperimentCheck {
  readonly uri: vscode.Uri;
  readonly version: number;
  readonly problems: number;
}

export class LiveDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('transferscope');
  private readonly waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly since: number }>();
  private readonly checked = new vscode.EventEmitter<ExperimentCheck>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidCheck = this.checked.event;

  constructor(
    private readonly editor: () => Promise<ExperimentEditor>,
    private readonly log: Log,
  ) {
    const { workspace } = vscode;
    const again = (): void => this.checkAll();
    const soon = (): void => this.checkAll(longestWaitMs);
    const weightFiles = workspace.createFileSystemWatcher(`**/*.{${weightsEndings.join(',')}}`);
    this.subscriptions = [
      weightFiles,
      // Written by somebody else, too: a download, a training.
      weightFiles.onDidCreate(soon),
      weightFiles.onDidChange(soon),
      weightFiles.onDidDelete(soon),
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
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SETTINGS_SECTION)) again();
      }),
    ];
    this.checkAll();
  }

  dispose(): void {
    this.waiting.forEach(({ timer }) => clearTimeout(timer));
    this.waiting.clear();
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.checked.dispose();
    this.collection.dispose();
  }

  private checkAll(delayMs = 0): void {
    vscode.workspace.textDocuments.forEach((document) => this.schedule(document, delayMs));
  }

  private schedule(document: vscode.TextDocument, delayMs: number): void {
    if (!isExperiment(document)) return;
    const key = document.uri.toString();
    const earlier = this.waiting.get(key);
    clearTimeout(earlier?.timer);
    const since = earlier?.since ?? performance.now();
    const patience = Math.max(0, since + longestWaitMs - performance.now());
    const check = (): void => {
      this.waiting.delete(key);
      this.check(document).catch((error: unknown) => this.log.error(`cannot check ${document.uri.path}`, error));
    };
    this.waiting.set(key, { timer: setTimeout(check, Math.min(delayMs, patience)), since });
  }

  private forget({ uri }: vscode.TextDocument): void {
    clearTimeout(this.waiting.get(uri.toString())?.timer);
    this.waiting.delete(uri.toString());
    this.collection.delete(uri);
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const editor = await this.editor();
    if (document.isClosed) return;
    const { version } = document;
    const problems = editor.problems(document);
    const known = problems.list();
    this.collection.set(document.uri, known);
    this.checked.fire({ uri: document.uri, version, problems: known.length });
    const showIf = (changed: boolean): void => {
      if (changed && !document.isClosed && document.version === version)
        this.collection.set(document.uri, editor.problems(document).list());
    };
    await Promise.all([problems.lookForFiles().then(showIf), editor.lookIntoWeights(document).then(showIf)]);
  }
}
