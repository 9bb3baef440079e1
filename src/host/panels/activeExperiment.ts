/** The experiment file that was looked at last, itself or in a panel. It stays while another kind of file is active, and over restarts. */
import * as vscode from 'vscode';
import { isExperimentFile } from '../runs/experimentCatalog';

export interface ActiveExperiment extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  get(): vscode.Uri | undefined;
  /** Something of it was chosen in a panel. */
  show(uri: vscode.Uri): void;
  /** The file is gone. */
  forget(): void;
}

const KEY = 'transferscope.activeExperiment';

export function followActiveExperiment(memory: vscode.Memento): ActiveExperiment {
  const changed = new vscode.EventEmitter<void>();
  const kept = memory.get<string>(KEY);
  let active = kept === undefined ? undefined : vscode.Uri.parse(kept);
  const set = (uri: vscode.Uri | undefined): void => {
    if (uri?.toString() === active?.toString()) return;
    active = uri;
    void memory.update(KEY, uri?.toString());
    changed.fire();
  };
  const look = (editor: vscode.TextEditor | undefined): void => {
    if (editor && isExperimentFile(editor.document.uri)) set(editor.document.uri);
  };
  // When the window starts, the active editor may be another panel beside the file.
  [...vscode.window.visibleTextEditors, vscode.window.activeTextEditor].forEach(look);
  const subscription = vscode.window.onDidChangeActiveTextEditor(look);
  return {
    onDidChange: changed.event,
    get: () => active,
    show: set,
    forget: () => set(undefined),
    dispose: () => {
      subscription.dispose();
      changed.dispose();
    },
  };
}
