/** What the panel asks of its worker and what it gets. */
import type { BudgetDifference, PartDifference } from '../../../src/shared/math/detection/budgetDifference';
import type { ErrorBudget } from '../../../src/shared/math/detection/errorBudget';
import type { HoiemType } from '../../../src/shared/math/detection/hoiem';
import type { DetectionProblem, Detections, GroundTruth } from '../../../src/shared/results/detections';
import type { BoxEvidence, NamedBox } from '../../../src/shared/views/detections/boxEvidence';
import type { PanelIouType, RunFigures, Thresholds } from '../../../src/shared/views/detections/detectionsFigures';

/** Requests and their replies, by name. */
export interface EngineCalls {
  readonly loadTruth: { readonly ask: { readonly bytes: ArrayBuffer }; readonly reply: LoadedTruth };
  readonly loadRun: { readonly ask: { readonly run: string; readonly bytes: ArrayBuffer }; readonly reply: LoadedRun };
  readonly figure: { readonly ask: FigureRequest; readonly reply: RunFigures };
  /** At the thresholds of the last `figure` of that run. */
  readonly budget: { readonly ask: { readonly run: string }; readonly reply: ErrorBudget };
  readonly compare: {
    readonly ask: Thresholds & { readonly first: string; readonly second: string };
    readonly reply: BudgetDifference;
  };
  /** The same of Hoiem's shares. */
  readonly compareHoiem: {
    readonly ask: Thresholds & { readonly first: string; readonly second: string };
    readonly reply: SharesDifference;
  };
  /** The evidence of a run is read with the first box that is asked about. */
  readonly inspect: {
    readonly ask: { readonly run: string; readonly bytes: ArrayBuffer | undefined; readonly box: NamedBox };
    readonly reply: BoxEvidence;
  };
}

export interface SharesDifference {
  readonly shares: Readonly<Record<HoiemType, PartDifference>>;
  readonly level: number;
  readonly resamples: number;
}

export interface FigureRequest extends Thresholds {
  readonly run: string;
  readonly category?: number;
  readonly withHoiem: boolean;
}

export interface LoadedTruth {
  readonly truth: GroundTruth;
  readonly problems: readonly DetectionProblem[];
}

export interface LoadedRun {
  readonly detections: Detections;
  readonly iouType: PanelIouType;
  readonly problems: readonly DetectionProblem[];
}
