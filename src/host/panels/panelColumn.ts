/**
 * Where a new panel goes: as a tab over those of its kind, else beside what is looked at, until the window has three
 * columns; then over the last panels there are, because a fourth column would be too narrow to read.
 */
import * as vscode from 'vscode';

const MOST_COLUMNS = 3;

export function columnForPanel(viewType: string): vscode.ViewColumn {
  const groups = vscode.window.tabGroups.all;
  const kin = groups.find((group) => holdsPanel(group, viewType));
  if (kin) return kin.viewColumn;
  const last =
    groups.length < MOST_COLUMNS ? undefined : groups.findLast((group) => holdsPanel(group, 'transferscope.'));
  return last?.viewColumn ?? vscode.ViewColumn.Beside;
}

/** VS Code puts a word of its own before the type: `mainThreadWebview-transferscope.runPanel`. */
function holdsPanel({ tabs }: vscode.TabGroup, viewType: string): boolean {
  return tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes(viewType));
}
