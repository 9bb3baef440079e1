/** What pretrainings cost, as one table that all formats write. */
import { formatBytes, formatCount, formatMillions, formatSeconds } from '../../shared/views/formatNumbers';
import type { PretrainingCost } from '../../shared/views/report/costs';
import type { TransferReport } from '../../shared/views/report/transferReport';

export interface CostTable {
  readonly head: readonly string[];
  readonly rows: readonly { readonly pretraining: string; readonly cells: readonly string[] }[];
  readonly note: string;
}

interface CostColumn {
  readonly title: string;
  readonly of: (cost: PretrainingCost) => string | undefined;
}

const columns: readonly CostColumn[] = [
  { title: 'parameters', of: ({ parameters }) => formatCount(parameters) },
  {
    title: 'multiply-adds per image',
    of: ({ multiplyAdds, imageSize }) =>
      multiplyAdds === undefined ? undefined : `${formatMillions(multiplyAdds)} at ${imageSize} px`,
  },
  { title: 'time to make', of: ({ seconds }) => (seconds === undefined ? undefined : formatSeconds(seconds)) },
  {
    title: 'per step',
    of: ({ secondsPerStep }) => (secondsPerStep === undefined ? undefined : formatStep(secondsPerStep)),
  },
  { title: 'time of transfers', of: ({ transferSeconds }) => formatSeconds(transferSeconds) },
  { title: 'peak memory', of: ({ peakBytes }) => (peakBytes === undefined ? undefined : formatBytes(peakBytes)) },
  { title: 'energy', of: ({ joules }) => (joules === undefined ? undefined : formatEnergy(joules)) },
];

/** Undefined where nothing was made here; columns in which nothing is known are left out. */
export function createCostTable({ costs, provenance }: TransferReport): CostTable | undefined {
  if (costs.length === 0) return undefined;
  const known = columns.filter(({ of }) => costs.some((cost) => of(cost) !== undefined));
  const absent = columns.filter((column) => !known.includes(column)).map(({ title }) => title);
  const machine = provenance.hosts.length === 1 ? 'one machine' : 'several machines';
  const missing = absent.length === 0 ? '' : ` Not recorded here: ${absent.join(', ')}.`;
  return {
    head: ['pretraining', ...known.map(({ title }) => title)],
    rows: costs.map((cost) => ({ pretraining: cost.pretraining, cells: known.map(({ of }) => of(cost) ?? '–') })),
    note: `Mean over seeds, on ${machine}; times of other machines do not compare.${missing}`,
  };
}

function formatStep(seconds: number): string {
  return seconds < 1 ? `${(1000 * seconds).toFixed(0)} ms` : formatSeconds(seconds);
}

/** `5.2 kJ`, `1.3 Wh` from 3.6 kJ on. */
function formatEnergy(joules: number): string {
  return joules < 3600 ? `${joules.toFixed(0)} J` : `${(joules / 3600).toFixed(1)} Wh`;
}
