/**
 * What sweeps of a probe tried: accuracy on held-out training images of every value, by pretraining, at the layer that stands
 * in tables. The figure in the table is of the value chosen there; the test split had no say.
 */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { SweepResult, TransferResult } from '../../results/records';
import { formatPercent } from '../formatNumbers';
import type { JoinedRun } from './joinedRun';

export interface SweepView {
  readonly transfer: string;
  readonly layer: string;
  readonly setting: SweepResult['setting'];
  /** In the order of the experiment file. */
  readonly values: readonly number[];
  readonly rows: readonly SweepRow[];
}

export interface SweepRow {
  readonly pretraining: string;
  /** In the order of `values`; over the seeds whose training did not diverge there. */
  readonly cells: readonly SweepCell[];
}

export interface SweepCell {
  readonly heldOut: MeanInterval | undefined;
  /** Seeds that chose this value, and those whose training diverged at it. */
  readonly chosen: number;
  readonly diverged: number;
}

/** One view for each transfer with a sweep; empty without one. */
export function createSweepViews(run: JoinedRun): SweepView[] {
  return run.transfers.flatMap((transfer) => {
    const first = sweepOf(run.anyResult(transfer));
    if (!first) return [];
    const { layer, setting, tried } = first;
    const values = tried.map(({ value }) => value);
    const rows = run.pretrainings.flatMap((pretraining): SweepRow[] => {
      const sweeps = run.measured(pretraining, transfer).flatMap(({ result }) => sweepOf(result) ?? []);
      return sweeps.length === 0 ? [] : [{ pretraining, cells: values.map((value) => cellAt(sweeps, value)) }];
    });
    return [{ transfer, layer, setting, values, rows }];
  });
}

function sweepOf(result: TransferResult | undefined): SweepResult | undefined {
  return result?.sweeps?.find(({ layer }) => layer === result.headline.layer);
}

function cellAt(sweeps: readonly SweepResult[], value: number): SweepCell {
  const tried = sweeps.flatMap((sweep) => sweep.tried.filter((one) => one.value === value));
  const accuracies = tried.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy]));
  return {
    heldOut: accuracies.length > 0 ? meanInterval(accuracies) : undefined,
    chosen: sweeps.filter((sweep) => sweep.chosen === value).length,
    diverged: tried.length - accuracies.length,
  };
}

/** `67.1 ± 2.0, chosen by 2 of 3`; the same in every format. */
export function describeSweepCell({ heldOut, chosen, diverged }: SweepCell, seeds: number): string {
  const parts = [
    heldOut ? formatPercent(heldOut) : undefined,
    diverged > 0 ? (diverged === seeds ? 'diverged' : `diverged in ${diverged} of ${seeds}`) : undefined,
    chosen > 0 ? (seeds === 1 ? 'chosen' : `chosen by ${chosen} of ${seeds}`) : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(', ') || '–';
}

/** How many seeds a row rests on. */
export function seedsOf({ cells }: SweepRow): number {
  return cells.reduce((sum, { chosen }) => sum + chosen, 0);
}

export const sweepNote =
  'Accuracy in percent on a tenth of the training images, held out, at each value that was tried. The tables above have the accuracy of the chosen value on the test images, which had no say.';
