/** The one selection of the window: whatever panel changes it, all others hear of it. */
import * as vscode from 'vscode';
import type { PanelSelection } from '../../shared/protocol/panels/selection';

export interface SharedSelection extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  get(): PanelSelection;
  /** Replaces the named parts; `undefined` clears one. */
  change(part: PanelSelection): void;
}

export function createSharedSelection(): SharedSelection {
  const changed = new vscode.EventEmitter<void>();
  let selection: PanelSelection = {};
  return {
    onDidChange: changed.event,
    get: () => selection,
    change: (part) => {
      const next = { ...selection, ...part };
      if (JSON.stringify(next) === JSON.stringify(selection)) return;
      selection = next;
      changed.fire();
    },
    dispose: () => changed.dispose(),
  };
}
