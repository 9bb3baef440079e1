/** A few words for each verdict of TIDE and of Hoiem, the same in panels and reports. */
import type { BudgetPart, ErrorType } from '../../math/detection/errorBudget';
import type { HoiemType } from '../../math/detection/hoiem';

export const tideNames: Readonly<Record<'correct' | ErrorType, string>> = {
  correct: 'correct',
  cls: 'wrong class',
  loc: 'badly placed',
  both: 'class and place',
  dupe: 'duplicate',
  bkg: 'nothing there',
  miss: 'missed object',
};

export const hoiemNames: Readonly<Record<HoiemType, string>> = {
  cor: 'correct',
  loc: 'place, duplicate',
  sim: 'similar class',
  oth: 'other class',
  bg: 'nothing there',
};

/** What is mended for an AP that is gained; `ap` is that of the detections as they are. */
export const budgetNames: Readonly<Record<'ap' | BudgetPart, string>> = {
  ...tideNames,
  ap: 'AP',
  falsePositive: 'all false positives',
  falseNegative: 'all missed',
};
