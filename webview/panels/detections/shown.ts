/** Everything that the parts of the panel draw from, once files are read. */
import type { BudgetDifference } from '../../../src/shared/math/detection/budgetDifference';
import type { ErrorBudget } from '../../../src/shared/math/detection/errorBudget';
import type {
  DetectionsAnalysis,
  DetectionsModel,
  DetectionsRun,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import {
  createBoxFilter,
  selectImages,
  type BoxFilter,
  type ShownTables,
} from '../../../src/shared/views/detections/detectionsFilter';
import { scoreInForce } from '../../../src/shared/views/detections/scoreRange';
import type { PanelIouType } from '../../../src/shared/views/detections/detectionsFigures';
import { drawnPair } from '../../ui/comparison';
import type { PictureStore } from '../../ui/pictures';
import type { SharesDifference } from './engineMessages';
import type { Inspect, ReadTables } from './reading';

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

export function composeShown(model: DetectionsModel, read: ReadTables, kept: DetectionsView): Shown {
  const { tables, runs, iouType, pictures, budgets, difference, sharesDifference, inspect } = read;
  const view = knownView(kept, read);
  const filterView = { ...view, sort: runs.length < 2 && view.sort === 'moved' ? ('file' as const) : view.sort };
  return {
    ...{ tables, runs, iouType, pictures, budgets, inspect, view },
    filter: createBoxFilter(tables, filterView),
    images: selectImages(tables, filterView),
    ...(difference && { difference }),
    ...(sharesDifference && { sharesDifference }),
    ...(model.analysis && { analysis: model.analysis }),
  };
}

/** What is kept may name classes, images and scores that are not there any more. */
function knownView(view: DetectionsView, { tables: { truth }, scores }: ReadTables): DetectionsView {
  const hasClass = view.category === '' || truth.categories.names.includes(view.category);
  const hasImage = view.image === undefined || view.image < truth.images.ids.length;
  return {
    ...view,
    minScore: scoreInForce(view.minScore, scores),
    ...(!hasClass && { category: '' }),
    ...(!hasImage && { image: undefined, isLarge: false }),
  };
}

/** Runs whose detections are drawn, one beside the other. */
export function drawnRuns({ runs, view }: Pick<Shown, 'runs' | 'view'>, blink: number): number[] {
  return runs.length < 2 ? [0] : drawnPair(view.layout, blink);
}
