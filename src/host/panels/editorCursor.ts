/** The entry of an experiment file that the cursor is in: moving there selects it in all panels. */
import * as vscode from 'vscode';
import { entriesAtLine } from '../../shared/views/results/entriesAtLine';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { RunServices } from '../runs/runServices';
import type { SharedSelection } from './panelSelection';

export interface EditorCursor extends vscode.Disposable {
  /** Entries that the cursor went to after anything else was selected. */
  ids(): readonly string[];
}

export function followCursor(services: RunServices, selection: SharedSelection, onChange: () => void): EditorCursor {
  let ids: readonly string[] = [];
  let isOwn = false;
  const look = async ({ document, selection: at }: vscode.TextEditor): Promise<void> => {
    const entry = await services.catalog.read(document.uri);
    if (!entry || document !== vscode.window.activeTextEditor?.document) return;
    const found = entriesAtLine(entry.parsed, entry.outline, at.active.line + 1);
    if (found.join() === ids.join()) return;
    ids = found;
    isOwn = true;
    // Between entries the last one stays what the panels show.
    if (found.length > 0) {
      const { pretrainings, transfers } = entry.outline;
      selection.change({
        experiment: document.uri.fsPath,
        pretraining: selectOnly(pretrainings, found) ?? null,
        transfer: selectOnly(transfers, found) ?? null,
      });
    }
    isOwn = false;
    onChange();
  };
  const follow = (editor: vscode.TextEditor | undefined): void => {
    if (editor && isExperimentFile(editor.document.uri))
      look(editor).catch((error: unknown) => services.log.error('following the cursor', error));
  };
  follow(vscode.window.activeTextEditor);
  const subscriptions = [
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => follow(textEditor)),
    selection.onDidChange(() => {
      if (isOwn) return;
      ids = [];
      onChange();
    }),
  ];
  return { ids: () => ids, dispose: () => subscriptions.forEach((subscription) => subscription.dispose()) };
}

/** Panels show one: of a matrix none is meant more than the others. */
function selectOnly(entries: readonly { readonly id: string }[], found: readonly string[]): string | undefined {
  const here = entries.filter(({ id }) => found.includes(id));
  return here.length === 1 ? here[0]!.id : undefined;
}
