/** What the analysis `detection-errors` says of one detector: numbers that are not defined (nothing found, no objects) are absent. */
import type { LadderStep } from '../math/detection/cocoLadder';
import type { BudgetPart, ErrorType } from '../math/detection/errorBudget';
import type { HoiemError, HoiemType } from '../math/detection/hoiem';
import type { HoiemGrowth } from '../math/detection/hoiemGains';
import type { Interval } from '../math/statistics';

type Numbers<Name extends string> = Readonly<Partial<Record<Name, number>>>;

/** Shares and APs are in 0..1. */
export interface ErrorDiagnosis {
  /** Id of the detection. */
  readonly transfer: string;
  readonly iouType: 'bbox' | 'segm';
  readonly foreground: number;
  readonly background: number;
  /** Names of the classes over which is averaged. */
  readonly classes: readonly string[];
  /** AP at the foreground overlap, and what mending each kind of error alone would gain. */
  readonly tide: Numbers<'ap' | BudgetPart>;
  readonly counts: Readonly<Record<ErrorType, number>>;
  /** Shares of the N surest detections of a class with N objects, mean over classes. */
  readonly hoiem: Numbers<HoiemType>;
  /** AP (area under the curve) gained by removing all errors of a kind, or by mending them. */
  readonly removed: Numbers<'ap' | HoiemError>;
  readonly corrected: Numbers<'ap' | HoiemError>;
  /** Kinds among the surest 25, 50, 100 … false positives of each group of classes. */
  readonly growth: readonly { readonly group: string; readonly steps: readonly HoiemGrowth[] }[];
  /** COCO's analysis for each range of object sizes. */
  readonly ladders: readonly { readonly area: string; readonly steps: Numbers<LadderStep> }[];
  /** Of each class that was asked for and has objects. */
  readonly perClass: readonly {
    readonly name: string;
    readonly objects: number;
    readonly hoiem: Numbers<HoiemType>;
    readonly ladder: Numbers<LadderStep>;
  }[];
  readonly pairs: ClassPairs;
  /** This detector minus that of another pretraining, on the same images. */
  readonly difference?: {
    readonly against: string;
    readonly resamples: number;
    readonly tide: Readonly<Record<'ap' | BudgetPart, DiagnosisDifference>>;
    readonly hoiem: Readonly<Record<HoiemType, DiagnosisDifference>>;
  };
}

/** Counts among the N surest detections of each class: down the class of the detection, across that of the object it lies on, last nothing. */
export interface ClassPairs {
  readonly names: readonly string[];
  /** [names][names + 1] */
  readonly counts: readonly (readonly number[])[];
}

/** With its 95 % interval over draws of the test images. */
export interface DiagnosisDifference extends Interval {
  readonly difference: number;
}
