/** The columns in which costs are written, the same in reports and panels. */
import { formatBytes, formatCount, formatMillions, formatSeconds } from '../formatNumbers';
import type { PretrainingCost } from './costs';

export interface CostColumn {
  readonly id:
    'parameters' | 'multiplyAdds' | 'seconds' | 'secondsPerStep' | 'transferSeconds' | 'peakBytes' | EnergyId;
  readonly title: string;
  /** How to read it, in a sentence without a full stop. */
  readonly about: string;
  /** Undefined where it is not known. */
  readonly of: (cost: PretrainingCost) => string | undefined;
}

type EnergyId = 'joules' | 'gpuJoules';

const costColumns: readonly CostColumn[] = [
  {
    ...{ id: 'parameters', title: 'parameters', about: 'Weights of the backbone' },
    of: ({ parameters }) => formatCount(parameters),
  },
  {
    ...{ id: 'multiplyAdds', title: 'multiply-adds per image', about: 'Of the backbone for one image, forward' },
    of: ({ multiplyAdds, imageSize }) =>
      multiplyAdds === undefined ? undefined : `${formatMillions(multiplyAdds)} at ${imageSize} px`,
  },
  {
    ...{ id: 'seconds', title: 'time to make', about: 'Working time of making the weights, mean over seeds' },
    of: ({ seconds }) => known(seconds, formatSeconds),
  },
  {
    ...{ id: 'secondsPerStep', title: 'per step', about: 'Time to make, by steps' },
    of: ({ secondsPerStep }) => known(secondsPerStep, formatStep),
  },
  {
    ...{ id: 'transferSeconds', title: 'time of transfers', about: 'Of all its transfers together, mean over seeds' },
    of: ({ transferSeconds }) => formatSeconds(transferSeconds),
  },
  {
    ...{ id: 'peakBytes', title: 'peak memory', about: 'Most that the worker held while its stages were computed' },
    of: ({ peakBytes }) => known(peakBytes, formatBytes),
  },
  {
    ...{ id: 'joules', title: 'energy', about: 'Of the processor packages, for all its stages, mean over seeds' },
    of: ({ joules }) => known(joules, formatEnergy),
  },
  {
    ...{ id: 'gpuJoules', title: 'GPU energy', about: 'Of graphics processors, for all its stages, mean over seeds' },
    of: ({ gpuJoules }) => known(gpuJoules, formatEnergy),
  },
];

/** Columns in which something is known; `absent`: titles of the others. */
export function knownColumns(costs: readonly PretrainingCost[]): {
  readonly columns: readonly CostColumn[];
  readonly absent: readonly string[];
} {
  const isKnown = ({ of }: CostColumn): boolean => costs.some((cost) => of(cost) !== undefined);
  return {
    columns: costColumns.filter(isKnown),
    absent: costColumns.filter((column) => !isKnown(column)).map(({ title }) => title),
  };
}

function known(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

function formatStep(seconds: number): string {
  return seconds < 1 ? `${(1000 * seconds).toFixed(0)} ms` : formatSeconds(seconds);
}

/** `520 J`, `1.3 Wh` from 3,600 J on. */
export function formatEnergy(joules: number): string {
  return joules < 3600 ? `${joules.toFixed(0)} J` : `${(joules / 3600).toFixed(1)} Wh`;
}
