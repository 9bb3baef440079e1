/** What pressing a head of the list does: names from A, numbers from the greatest; again the other way round, then as in the file. */
import type { WeightsColumn, WeightsView } from '../../../src/shared/protocol/panels/weightsPanel';

type Sorting = Pick<WeightsView, 'sort' | 'isDescending'>;

export function nextSorting({ sort, isDescending }: Sorting, column: WeightsColumn): Sorting {
  const first = column !== 'name';
  if (sort !== column) return { sort: column, isDescending: first };
  return isDescending === first ? { sort: column, isDescending: !first } : { sort: 'file', isDescending: false };
}

export function describeSorting({ sort, isDescending }: Sorting): string {
  if (sort === 'file') return 'In the order of the file';
  return `Sorted by ${sort}, ${isDescending ? 'from high to low' : 'from low to high'}`;
}
