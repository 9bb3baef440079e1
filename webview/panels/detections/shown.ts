/** Everything that the parts of the panel draw from, once files are read. */
import type { BudgetDifference } from '../../../src/shared/math/detection/budgetDifference';
import type { ErrorBudget } from '../../../src/shared/math/detection/errorBudget';
import type {
  DetectionsAnalysis,
  DetectionsRun,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { BoxFilter, ShownTables } from '../../../src/shared/views/detections/detectionsFilter';
import type { PanelIouType } from '../../../src/shared/views/detections/detectionsFigures';
import { drawnPair } from '../../ui/comparison';
import type { PictureStore } from '../../ui/pictures';
import type { SharesDifference } from './engineMessages';
import type { Inspect } from './reading';

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
  readonly inspect: Inspect;
  readonly analysis?: DetectionsAnalysis;
}

/** Runs whose detections are drawn, one beside the other. */
export function drawnRuns({ runs, view }: Pick<Shown, 'runs' | 'view'>, blink: number): number[] {
  return runs.length < 2 ? [0] : drawnPair(view.layout, blink);
}
