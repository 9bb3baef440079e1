/** The columns of the tensor list: their heads, and what stands in a cell. */
import type { WeightsColumn } from '../../../src/shared/protocol/panels/weightsPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import {
  formatReal,
  formatShareOfTensor,
  valueOf,
  type WeightsRows,
} from '../../../src/shared/views/weights/weightsRows';

export interface Column {
  /** Also the class of its cells. */
  readonly id: WeightsColumn | 'fate' | 'histogram';
  readonly label: string;
  readonly title: string;
  /** What pressing its head sorts by; nothing when absent. */
  readonly sort?: WeightsColumn;
  text(rows: WeightsRows, place: number): string;
}

const statistic = (
  id: 'mean' | 'std' | 'min' | 'max' | 'relative' | 'cosine',
  label: string,
  title: string,
): Column => ({ id, label, title, sort: id, text: (rows, place) => formatReal(valueOf(rows, place, id)) });

export const columns: readonly Column[] = [
  {
    id: 'name',
    label: 'tensor',
    title: 'Name in the file',
    sort: 'name',
    text: (rows, place) => rows.tensors[place]!.name,
  },
  {
    id: 'size',
    label: 'shape',
    title: 'Shape and number type; sorts by the count of numbers',
    sort: 'size',
    text: ({ tensors }, place) => {
      const { shape, dtype } = tensors[place]!;
      return `${shape.length === 0 ? '1' : shape.join(' × ')} ${dtype}`.trim();
    },
  },
  {
    id: 'fate',
    label: 'fate',
    title: 'What it is to the backbone',
    text: ({ tensors }, place) => tensors[place]!.fate,
  },
  { id: 'histogram', label: 'spread', title: 'Histogram from the least to the greatest number', text: () => '' },
  statistic('mean', 'mean', 'Mean of the finite numbers'),
  statistic('std', 'std', 'Standard deviation of the finite numbers'),
  statistic('min', 'min', 'Least finite number'),
  statistic('max', 'max', 'Greatest finite number'),
  {
    id: 'zeros',
    label: 'zeros',
    title: 'Share of exact zeros',
    sort: 'zeros',
    text: (rows, place) => formatShareOfTensor(valueOf(rows, place, 'zeros')),
  },
  {
    id: 'bad',
    label: 'NaN',
    title: 'Numbers that are NaN or infinite',
    sort: 'bad',
    text: (rows, place) => {
      const count = valueOf(rows, place, 'bad');
      return count === undefined ? '' : formatCount(count);
    },
  },
];

export const comparedColumns: readonly Column[] = [
  ...columns,
  statistic('relative', '‖Δ‖', 'Norm of the difference to the other file, as a share of the other file’s norm'),
  statistic('cosine', 'cos', 'Cosine of the two tensors'),
];
