/** Compare panels: where their model comes from, and what is done for their user. What is drawn is in webview/panels/compare. */
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { CompareIntent, CompareModel, CompareTarget } from '../../shared/protocol/panels/comparePanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import { joinRunRows } from '../../shared/views/compare/compareModel';
import type { RunServices } from '../runs/runServices';
import { createCompareData } from './compareData';
import { handleRowIntent } from './compareIntents';
import { createMarksOfFolders } from './compareMarks';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';

export function comparePanelKind(
  services: RunServices,
  selection: SharedSelection,
): PanelKind<CompareTarget, CompareModel, CompareIntent> {
  return {
    viewType: 'transferscope.comparePanel',
    bundle: 'compare',
    title: ({ runs }) => (runs ? `Compare: ${runs.map(({ run }) => run).join(', ')}` : 'Compare Runs'),
    isTarget: isCompareTarget,
    createSource: (target) => createSource(services, selection, target),
    // Its rows are of all experiments.
    selectionOf: () => selection.of(() => selection.get().experiment),
  };
}

export function isCompareTarget(value: unknown): value is CompareTarget {
  if (typeof value !== 'object' || value === null) return false;
  const { runs } = value as { readonly runs?: unknown };
  return runs === undefined || (Array.isArray(runs) && runs.length > 0 && runs.every(isRunReference));
}

function createSource(
  services: RunServices,
  selection: SharedSelection,
  target: CompareTarget,
): PanelSource<CompareModel, CompareIntent> {
  const changed = new vscode.EventEmitter<void>();
  const fire = (): void => changed.fire();
  const data = createCompareData(services, target, fire);
  const marks = createMarksOfFolders(fire);
  let model: CompareModel | undefined;
  const subscriptions = [changed, data, marks, services.onDidChangeRuns(fire)];
  return {
    onDidChange: changed.event,
    dispose: () => subscriptions.forEach((subscription) => void subscription.dispose()),
    read: async () => {
      const { rows, problems, reading } = await data.read();
      const joined = joinRunRows(rows);
      const folders = [...new Set(joined.rows.map(({ out }) => out))];
      const noted = await marks.read(folders);
      model = {
        ...joined,
        ...{ marks: noted.marks, runs: rows.length, problems: [...problems, ...noted.problems] },
        ...(reading && { reading }),
      };
      return model;
    },
    handle: async (intent) => {
      if (intent.type === 'mark') return marks.change(intent.out, intent.change);
      const row = model?.rows.find(({ id }) => id === intent.row);
      const run = row && data.find(row.out, row.run);
      if (!row || !run) throw new UserError('storage', 'The run of this row is not there any more.');
      await handleRowIntent(intent, {
        ...{ services, selection, row, run },
        marks: model?.marks.rows[row.id] ?? {},
        setMarks: (set) => marks.change(row.out, { type: 'row', row: row.id, set }),
      });
    },
  };
}
