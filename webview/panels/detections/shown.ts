/** Everything that the parts of the panel draw from, once files are read. */
import type { BudgetDifference } from '../../../src/shared/math/detection/budgetDifference';
import type { ErrorBudget } from '../../../src/shared/math/detection/errorBudget';
import type { DetectionsRun, DetectionsView } from '../../../src/shared/protocol/panels/detectionsPanel';
import type { BoxFilter, ShownTables } from '../../../src/shared/views/detections/detectionsFilter';
import type { PanelIouType } from '../../../src/shared/views/detections/detectionsFigures';
import type { PictureStore } from '../../ui/pictures';
import type { SharesDifference } from './engineMessages';

export interface Shown {
  readonly tables: ShownTables;
  /** One or two, those of the tables. */
  readonly runs: readonly DetectionsRun[];
  readonly iouType: PanelIouType;
  readonly pictures: PictureStore;
  readonly view: DetectionsView;
  readonly filter: BoxFilter;
  /** Those that pass, in order. */
  readonly images: Int32Array;
  /** One a run; undefined until it has been worked out. */
  readonly budgets: readonly (ErrorBudget | undefined)[];
  readonly difference?: BudgetDifference;
  readonly sharesDifference?: SharesDifference;
}

/** Runs whose detections are drawn, one beside the other. */
export function drawnRuns({ runs, view }: Pick<Shown, 'runs' | 'view'>, blink: number): number[] {
  if (runs.length < 2) return [0];
  if (view.layout === 'side') return [0, 1];
  if (view.layout === 'blink') return [blink];
  return [view.layout === 'second' ? 1 : 0];
}

/** A and B: what the two runs are called where there is no room for names. */
export function runLetter(run: number): string {
  return run === 0 ? 'A' : 'B';
}
