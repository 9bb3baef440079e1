/**
 * Accuracy over training: what each transfer made of the snapshots of a pretraining, in the order of its steps, and of its end.
 * Where a curve falls, training longer has cost this transfer something.
 */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { JoinedRun } from './joinedRun';
import { chanceOf } from './metrics';

export interface TrainingCurvesView {
  readonly transfer: string;
  readonly task: string;
  readonly data: string;
  readonly metric: string;
  readonly chance: number | undefined;
  readonly series: readonly TrainingCurve[];
}

export interface TrainingCurve {
  /** The one that was trained to the end. */
  readonly pretraining: string;
  readonly look: number;
  /** By growing number of steps. */
  readonly points: readonly TrainingPoint[];
}

export interface TrainingPoint extends MeanInterval {
  /** Id of the snapshot, or of the training itself at its end. */
  readonly pretraining: string;
  readonly steps: number;
}

export const trainingCurvesNote =
  'Mean with its 95 % interval over seeds, of snapshots of one training and of its end. The points share their seeds, so that a difference along a line is surer than the intervals say.';

/** One view for each transfer that was measured on a snapshot. */
export function createTrainingCurves(run: JoinedRun): TrainingCurvesView[] {
  const trainings = findTrainings(run);
  return run.transfers.flatMap((transfer) => {
    const { task, data, headline, ...result } = run.anyResult(transfer)!;
    const series = trainings.flatMap(({ pretraining, snapshots }) => {
      const points = [...snapshots, pretraining].flatMap((id) => pointOf(run, id, transfer) ?? []);
      const ordered = points.sort((a, b) => a.steps - b.steps);
      return ordered.length < 2 ? [] : [{ pretraining, look: run.lookOf(pretraining), points: ordered }];
    });
    const { metric } = headline;
    const chance = chanceOf({ ...result, task, data, headline }, metric);
    return series.length > 0 ? [{ transfer, task, data, metric, chance, series }] : [];
  });
}

/** Pretrainings of which there are snapshots, with the ids of these. */
export function findTrainings(
  run: JoinedRun,
): { readonly pretraining: string; readonly snapshots: readonly string[] }[] {
  const snapshots = new Map<string, string[]>();
  for (const id of run.pretrainings) {
    const key = run.made(id)[0]?.result.takenOf?.key;
    const source = run.stages.find((stage) => stage.kind === 'pretraining' && stage.key === key)?.pretraining;
    if (source !== undefined) snapshots.set(source, [...(snapshots.get(source) ?? []), id]);
  }
  return [...snapshots].map(([pretraining, ids]) => ({ pretraining, snapshots: ids }));
}

function pointOf(run: JoinedRun, pretraining: string, transfer: string): TrainingPoint | undefined {
  const steps = run.made(pretraining)[0]?.result.steps;
  const values = run.measured(pretraining, transfer).map(({ result }) => result.headline.value);
  return steps === undefined || values.length === 0 ? undefined : { ...meanInterval(values), pretraining, steps };
}
