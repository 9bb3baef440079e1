/** The tensors of the Weights panel as rows: which are shown, in which order, what stands in their cells, what they say. */
import type { WeightsColumn, WeightsNews, WeightsView } from '../../protocol/panels/weightsPanel';
import { tensorFates, type ListedTensor, type TensorFate } from '../../weights/listTensors';
import type { TensorStatistics } from '../../weights/tensorStatistics';
import { csvText, type CsvField } from '../../formats/csvText';
import { formatCount } from '../formatNumbers';

/** What has come so far; statistics are by place in the list. */
export interface WeightsRows {
  readonly tensors: readonly ListedTensor[];
  readonly statistics: readonly (TensorStatistics | undefined)[];
}

export const noRows: WeightsRows = { tensors: [], statistics: [] };

/** Adds to what is there; the arrays of a list that goes on are the same ones. */
export function addNews({ tensors, statistics }: WeightsRows, news: WeightsNews): WeightsRows {
  if (news.kind === 'begin') return { tensors: [], statistics: news.isSameFile ? statistics : [] };
  const [list, measured] = [tensors as ListedTensor[], statistics as (TensorStatistics | undefined)[]];
  if (news.kind === 'listed') for (const tensor of news.tensors) list.push(tensor);
  else news.statistics.forEach((one, k) => (measured[news.from + k] = one));
  return { tensors: list, statistics: measured };
}

export function countMeasured({ statistics }: WeightsRows): number {
  return statistics.reduce((sum, one) => sum + (one ? 1 : 0), 0);
}

export function countFates({ tensors }: WeightsRows): ReadonlyMap<TensorFate, number> {
  const counts = new Map<TensorFate, number>();
  for (const { fate } of tensors) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  return counts;
}

/** Places of the rows that pass, in the view's order; what is not known (yet) comes last in both directions. */
export function selectRows(rows: WeightsRows, view: WeightsView): number[] {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown: number[] = [];
  rows.tensors.forEach(({ name, target = '', dtype, fate }, place) => {
    if (view.fate !== 'all' && fate !== view.fate) return;
    const text = words.length > 0 ? `${name} ${target} ${dtype}`.toLowerCase() : '';
    if (words.every((word) => text.includes(word))) shown.push(place);
  });
  const { sort, isDescending } = view;
  if (sort === 'file') return isDescending ? shown.reverse() : shown;
  if (sort === 'name') return sortNames(rows, shown, isDescending);
  const keys = new Float64Array(rows.tensors.length);
  for (const place of shown) keys[place] = valueOf(rows, place, sort) ?? Number.NaN;
  const sign = isDescending ? -1 : 1;
  return shown.sort((a, b) => {
    const [x, y] = [keys[a]!, keys[b]!];
    if (x !== x || y !== y) return Number(x !== x) - Number(y !== y) || a - b;
    return sign * (x - y) || a - b;
  });
}

/** Numbers in names count as numbers: `layer1.10` comes after `layer1.9`. */
function sortNames({ tensors }: WeightsRows, places: number[], isDescending: boolean): number[] {
  const keys = new Map(places.map((p) => [p, tensors[p]!.name.replace(/\d+/g, (digits) => digits.padStart(9, '0'))]));
  const sign = isDescending ? -1 : 1;
  return places.sort((a, b) => {
    const [x, y] = [keys.get(a)!, keys.get(b)!];
    return sign * (x < y ? -1 : x > y ? 1 : a - b);
  });
}

/** What a column sorts by; undefined where nothing is known. */
export function valueOf(rows: WeightsRows, place: number, column: WeightsColumn): number | undefined {
  const one = rows.statistics[place];
  switch (column) {
    case 'size':
      return rows.tensors[place]!.shape.reduce((product, side) => product * side, 1);
    case 'mean':
    case 'std':
    case 'min':
    case 'max':
      return one?.finite?.[column];
    case 'zeros':
      return one && one.count > 0 ? one.zeros / one.count : undefined;
    case 'bad':
      return one && one.nan + one.infinite;
    case 'relative':
    case 'cosine':
      return one?.difference?.[column];
    case 'file':
    case 'name':
      return place;
  }
}

/** Four digits that count, with a real minus sign: `−0.01234`, `1.2e−9`. */
export function formatReal(value: number | undefined): string {
  if (value === undefined) return '';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-4
      ? value.toExponential(2)
      : String(size >= 1e4 ? Math.round(value) : Number(value.toPrecision(4)));
  return text.replace('e+', 'e').replaceAll('-', '−');
}

export function formatShareOfTensor(value: number | undefined): string {
  if (value === undefined) return '';
  const percent = 100 * value;
  return `${percent !== 0 && percent < 0.1 ? '< 0.1' : percent > 99.9 && percent < 100 ? '> 99.9' : Number(percent.toFixed(1))} %`;
}

/** One row in words, for screen readers and the figures beside the histogram. */
export function describeRow(rows: WeightsRows, place: number): { readonly label: string; readonly value: string }[] {
  const { name, target, dtype, shape, fate, wanted } = rows.tensors[place]!;
  const one = rows.statistics[place];
  const { finite, difference } = one ?? {};
  const sides = shape.length === 0 ? 'one number' : shape.join(' × ');
  return [
    { label: 'Name', value: name },
    ...(target === undefined ? [] : [{ label: 'In the backbone', value: target }]),
    { label: 'Shape', value: [sides, dtype].filter(Boolean).join(', ') },
    ...(wanted ? [{ label: 'Needed', value: wanted.join(' × ') || 'one number' }] : []),
    { label: 'Fate', value: `${fate}: ${tensorFates[fate]}` },
    ...(finite
      ? [
          { label: 'Mean', value: formatReal(finite.mean) },
          { label: 'Deviation', value: formatReal(finite.std) },
          { label: 'From', value: formatReal(finite.min) },
          { label: 'To', value: formatReal(finite.max) },
        ]
      : []),
    ...(one
      ? [
          { label: 'Zeros', value: `${formatCount(one.zeros)} of ${formatCount(one.count)}` },
          { label: 'Not finite', value: `${formatCount(one.nan)} NaN, ${formatCount(one.infinite)} infinite` },
        ]
      : []),
    ...(difference
      ? [
          { label: 'Difference', value: `${formatReal(difference.relative) || 'not defined'} of its norm` },
          { label: 'Cosine', value: formatReal(difference.cosine) || 'not defined' },
        ]
      : []),
  ];
}

/** Sentences about all that was measured: what cannot be right. */
export function findBadTensors({ tensors, statistics }: WeightsRows): string[] {
  const bad = statistics.flatMap((one, place) =>
    one && one.nan + one.infinite > 0 ? [tensors[place]?.name ?? ''] : [],
  );
  if (bad.length === 0) return [];
  const which = bad.length === 1 ? `${bad[0]} holds` : `${formatCount(bad.length)} tensors hold`;
  const first = bad.length === 1 ? '' : `, the first: ${bad[0]}`;
  return [`${which} numbers that are not finite (NaN or infinite)${first}.`];
}

/** The rows on screen, one line each, with all digits. */
export function renderWeightsCsv(rows: WeightsRows, places: readonly number[], isCompared: boolean): string {
  const header = [
    ...['name', 'backbone_name', 'fate', 'dtype', 'shape', 'wanted_shape', 'numbers'],
    ...['mean', 'std', 'min', 'max', 'zeros', 'nan', 'infinite'],
    ...(isCompared ? ['relative_difference', 'cosine'] : []),
  ];
  const lines = places.map((place): CsvField[] => {
    const { name, target, fate, dtype, shape, wanted } = rows.tensors[place]!;
    const one = rows.statistics[place];
    const { mean, std, min, max } = one?.finite ?? {};
    return [
      ...[name, target ?? (fate === 'left out' || fate === 'unknown' ? '' : name), fate, dtype],
      ...[shape.join('x'), wanted?.join('x') ?? '', valueOf(rows, place, 'size') ?? ''],
      ...[mean, std, min, max, one?.zeros, one?.nan, one?.infinite].map((value) => value ?? ''),
      ...(isCompared ? [one?.difference?.relative ?? '', one?.difference?.cosine ?? ''] : []),
    ];
  });
  return csvText([header, ...lines]);
}
