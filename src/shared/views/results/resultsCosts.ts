/** What pretrainings cost, as columns beside the figures of the Results view. Pure. */
import type { ResultsCosts } from '../../protocol/panels/resultsPanel';
import { knownColumns } from '../report/costColumns';
import type { PretrainingCost } from '../report/costs';

/** `ids`: pretrainings of the file; undefined where nothing is known of any. */
export function createResultsCosts(
  ids: readonly string[],
  costs: readonly PretrainingCost[],
): ResultsCosts | undefined {
  const { columns } = knownColumns(costs);
  if (columns.length === 0) return undefined;
  const cellsOf = (pretraining: string) => {
    const cost = costs.find((one) => one.pretraining === pretraining);
    return columns.map(({ id, title, of }) => {
      const value = cost && of(cost);
      return {
        ...({ transfer: `cost ${id}`, state: 'apart', isBest: false, isStale: false, opens: 'nothing' } as const),
        ...(value !== undefined && { value }),
        title: `${pretraining}, ${title}: ${value ?? 'not recorded'}`,
      };
    });
  };
  return {
    columns: columns.map(({ id, title, about }) => ({
      ...{ id: `cost ${id}`, written: '', short: title },
      title: `${title}: ${about}. Times and energy of other machines do not compare.`,
    })),
    cells: Object.fromEntries(ids.map((id) => [id, cellsOf(id)])),
  };
}
