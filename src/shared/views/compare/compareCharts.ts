/** What the Compare panel's charts draw: axes of columns, and a line or a point for each row. */
import { meanInterval } from '../../math/statistics';
import type { CompareModel } from '../../protocol/panels/comparePanel';
import { isShareMetric, metricOf, seedValues, type CompareColumn } from './compareColumns';
import type { CompareTable } from './compareTable';

export interface ChartAxis {
  readonly id: string;
  readonly name: string;
  /** Of words, in order; empty where the axis is of numbers. */
  readonly words: readonly string[];
  /** Least and largest number; places of the first and last word. */
  readonly domain: readonly [number, number];
}

export interface ChartRow {
  readonly row: number;
  readonly id: string;
  readonly name: string;
  readonly look: number;
  readonly isUnfair: boolean;
  readonly isBaseline: boolean;
  readonly isCurrent: boolean;
  /** Within all that is filtered and brushed. */
  readonly isIn: boolean;
}

export interface ParallelLine extends ChartRow {
  /** On each axis; undefined where the row has nothing there. */
  readonly values: readonly (number | undefined)[];
}

export interface ParallelView {
  readonly axes: readonly ChartAxis[];
  readonly lines: readonly ParallelLine[];
}

export interface PlotPoint extends ChartRow {
  readonly x: number;
  readonly y: number;
  /** Half of the 95 % interval over seeds. */
  readonly halfWidth?: number;
}

export interface PlotView {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly points: readonly PlotPoint[];
}

/** More words than this are no axis. */
const MOST_WORDS = 24;
const MOST_AXES = 9;
/** With fewer chosen columns that vary, settings that do are added. */
const ENOUGH_AXES = 4;
/** These tell rows apart and explain nothing. */
const namesOnly: ReadonlySet<string> = new Set([
  'difference',
  'seeds',
  'note',
  'file',
  'created',
  'run',
  'state',
  'star',
  'origin',
]);

export interface ChartInput {
  readonly model: CompareModel;
  /** Without brushes, so that an axis stays what it is while it is brushed. */
  readonly table: CompareTable;
  /** Rows within the brushes. */
  readonly inside: ReadonlySet<number>;
  readonly metric: string;
  readonly current: string | undefined;
}

/** Columns of which a chart can make an axis: they vary, and have numbers or few words. */
export function axisColumns({ table }: Pick<ChartInput, 'table'>): CompareColumn[] {
  return table.offered.filter((column) => !namesOnly.has(column.id) && createAxis(column, table.shown) !== undefined);
}

export function createParallelView(input: ChartInput): ParallelView {
  const { table, metric } = input;
  const usable = axisColumns(input);
  const chosen = usable.filter(
    (column) => table.columns.includes(column) && column.id !== 'score' && column.id !== metric,
  );
  const settings = usable.filter(({ id, group }) => group === 'Settings' && /^(pretraining|transfer|data)\./.test(id));
  const added = settings
    .filter((column) => !chosen.includes(column))
    .slice(0, Math.max(0, ENOUGH_AXES - chosen.length));
  const last = usable.filter(({ id }) => id === metric);
  const columns = [...chosen, ...added].slice(0, MOST_AXES - last.length).concat(last);
  const axes = columns.map((column) => createAxis(column, table.shown)!);
  const lines = table.shown.map((row) => ({
    ...chartRow(input, row),
    values: columns.map((column, i) => valueOn(axes[i]!, column, row)),
  }));
  return { axes, lines };
}

/** Undefined where there is no such axis, or the metric does not vary. */
export function createPlotView(input: ChartInput, xId: string | undefined): PlotView | undefined {
  const { model, table, metric } = input;
  const usable = axisColumns(input);
  const yColumn = table.offered.find(({ id }) => id === metric);
  const others = usable.filter(({ id }) => id !== metric);
  const xColumn = others.find(({ id }) => id === xId) ?? others.find(({ group }) => group === 'Settings') ?? others[0];
  const x = xColumn && createAxis(xColumn, table.shown);
  const y = yColumn && createAxis(yColumn, table.shown);
  if (!x || !y) return undefined;
  const points = table.shown.flatMap((row): PlotPoint[] => {
    const [across, up] = [valueOn(x, xColumn, row), yColumn.number(row)];
    if (across === undefined || up === undefined) return [];
    const values = seedValues(model.rows[row]!, metric).map(({ value }) => value);
    const factor = isShareMetric(metricOf({ model }, model.rows[row]!, metric)) ? 100 : 1;
    const { halfWidth } = meanInterval(values);
    return [
      { ...chartRow(input, row), x: across, y: up, ...(halfWidth !== undefined && { halfWidth: factor * halfWidth }) },
    ];
  });
  return { x, y: withIntervals(y, points), points };
}

/** Room for the whiskers. */
function withIntervals(axis: ChartAxis, points: readonly PlotPoint[]): ChartAxis {
  const ends = points.flatMap(({ y, halfWidth = 0 }) => [y - halfWidth, y + halfWidth]);
  return { ...axis, domain: [Math.min(axis.domain[0], ...ends), Math.max(axis.domain[1], ...ends)] };
}

function chartRow({ model, table, inside, current }: ChartInput, row: number): ChartRow {
  const { id, look } = model.rows[row]!;
  return {
    ...{ row, id, look, name: table.nameOf(row) },
    isUnfair: row !== table.against && (table.comparisons?.[row]?.unfair.length ?? 0) > 0,
    isBaseline: row === table.baseline,
    isCurrent: id === current,
    isIn: inside.has(row),
  };
}

function createAxis(column: CompareColumn, rows: readonly number[]): ChartAxis | undefined {
  const { id, name, isNumber } = column;
  if (isNumber) {
    const numbers = rows.flatMap((row) => column.number(row) ?? []);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return low < high ? { id, name, words: [], domain: [low, high] } : undefined;
  }
  const words = [...new Set(rows.map((row) => column.text(row)))].filter((word) => word !== '');
  if (words.length < 2 || words.length > MOST_WORDS) return undefined;
  words.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { id, name, words, domain: [0, words.length - 1] };
}

function valueOn({ words }: ChartAxis, column: CompareColumn, row: number): number | undefined {
  if (words.length === 0) return column.number(row);
  const place = words.indexOf(column.text(row));
  return place < 0 ? undefined : place;
}
