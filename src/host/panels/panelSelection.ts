/** The one selection of the window: whatever panel changes it, all others hear of it. */
import * as vscode from 'vscode';
import type { PanelSelection, SelectionChange } from '../../shared/protocol/panels/selection';
import { changeSelection, selectionFor } from '../../shared/views/selection/linkedSelection';

export interface SharedSelection extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  get(): PanelSelection;
  /** Replaces the named parts; null clears one. */
  change(part: SelectionChange): void;
  /** As a panel of an experiment has it; `experiment` may be known only later. */
  of(experiment: () => string | undefined): SelectionOfPanel;
}

/** What a panel sees of the selection, and where it tells of its own. */
export interface SelectionOfPanel {
  readonly onDidChange: vscode.Event<void>;
  get(): PanelSelection;
  change(part: SelectionChange): void;
}

export function createSharedSelection(): SharedSelection {
  const changed = new vscode.EventEmitter<void>();
  let selection: PanelSelection = {};
  const change = (part: SelectionChange): void => {
    const next = changeSelection(selection, part);
    if (JSON.stringify(next) === JSON.stringify(selection)) return;
    selection = next;
    changed.fire();
  };
  return {
    onDidChange: changed.event,
    get: () => selection,
    change,
    of: (experiment) => ({
      onDidChange: changed.event,
      get: () => selectionFor(selection, experiment()),
      change: (part) => {
        const own = experiment();
        change({ ...(own !== undefined && { experiment: own }), ...part });
      },
    }),
    dispose: () => changed.dispose(),
  };
}
