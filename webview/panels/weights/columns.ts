/** The columns of the tensor list: their heads, and what stands in a cell. */
import type { WeightsColumn } from '../../../src/shared/protocol/panels/weightsPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import {
  formatReal,
  formatShareOfTensor,
  valueOf,
  type WeightsRows,
} from '../../../src/shared/views/weights/weightsRows';
import { histogramPath } from '../../charts/histogramChart';
import { rowPicture, type RowColumn } from '../../ui/rowList';

type Column = RowColumn<WeightsColumn>;

export interface ColumnsWanted {
  /** Also what tells the tensors from those of another file. */
  readonly isCompared: boolean;
  /** Counts of histograms on a logarithmic scale. */
  readonly isLog: boolean;
}

export function tensorColumns(rows: WeightsRows, { isCompared, isLog }: ColumnsWanted): Column[] {
  const { tensors, statistics } = rows;
  const statistic = (id: Exclude<WeightsColumn, 'file'>, label: string, title: string): Column => ({
    ...{ id, label, title, sort: id },
    text: (place) => formatReal(valueOf(rows, place, id)),
  });
  const shapeOf = (place: number): string => {
    const { shape, dtype } = tensors[place]!;
    return `${shape.length === 0 ? '1' : shape.join(' × ')} ${dtype}`.trim();
  };
  const columns: Column[] = [
    {
      ...{ id: 'name', label: 'tensor', title: 'Name in the file', sort: 'name', isName: true },
      text: (place) => tensors[place]!.name,
    },
    {
      ...{ id: 'size', label: 'shape', title: 'Shape and number type; sorts by the count of numbers', sort: 'size' },
      text: shapeOf,
    },
    { id: 'fate', label: 'fate', title: 'What it is to the backbone', text: (place) => tensors[place]!.fate },
    {
      ...{ id: 'histogram', label: 'spread', title: 'Histogram from the least to the greatest number' },
      path: (place) => {
        const bins = statistics[place]?.finite?.bins;
        return bins ? histogramPath(bins, rowPicture, isLog) : '';
      },
    },
    statistic('mean', 'mean', 'Mean of the finite numbers'),
    statistic('std', 'std', 'Standard deviation of the finite numbers'),
    statistic('min', 'min', 'Least finite number'),
    statistic('max', 'max', 'Greatest finite number'),
    {
      ...{ id: 'zeros', label: 'zeros', title: 'Share of exact zeros', sort: 'zeros' },
      text: (place) => formatShareOfTensor(valueOf(rows, place, 'zeros')),
    },
    {
      ...{ id: 'bad', label: 'NaN', title: 'Numbers that are NaN or infinite', sort: 'bad' },
      text: (place) => {
        const count = valueOf(rows, place, 'bad');
        return count === undefined ? '' : formatCount(count);
      },
    },
  ];
  if (!isCompared) return columns;
  return [
    ...columns,
    statistic('relative', '‖Δ‖', 'Norm of the difference to the other file, as a share of the other file’s norm'),
    statistic('cosine', 'cos', 'Cosine of the two tensors'),
  ];
}
