/** What pretrainings cost, as one table that all formats write. */
import { knownColumns } from '../../shared/views/report/costColumns';
import type { TransferReport } from '../../shared/views/report/transferReport';

export interface CostTable {
  readonly head: readonly string[];
  readonly rows: readonly { readonly pretraining: string; readonly cells: readonly string[] }[];
  readonly note: string;
}

/** Undefined where nothing was made here; columns in which nothing is known are left out. */
export function createCostTable({ costs, provenance }: TransferReport): CostTable | undefined {
  if (costs.length === 0) return undefined;
  const { columns, absent } = knownColumns(costs);
  const machine = provenance.hosts.length === 1 ? 'one machine' : 'several machines';
  const missing = absent.length === 0 ? '' : ` Not recorded here: ${absent.join(', ')}.`;
  return {
    head: ['pretraining', ...columns.map(({ title }) => title)],
    rows: costs.map((cost) => ({ pretraining: cost.pretraining, cells: columns.map(({ of }) => of(cost) ?? '–') })),
    note: `Mean over seeds, on ${machine}; times of other machines do not compare.${missing}`,
  };
}
