/** The Compare panel's table as it is drawn: which columns, which lines in which order, and what each cell says. Pure, so that it is tested alone. */
import type { CompareModel, CompareView } from '../../protocol/panels/comparePanel';
import type { EffectiveSettings } from '../../results/comparability';
import type { SettingValue } from '../../results/settingValue';
import { describeUnfair } from '../../results/comparability';
import { judgementMarks } from '../report/describeTransfer';
import { formatMetricDifference } from '../report/metrics';
import {
  createColumns,
  formatValue,
  hasPlainUnit,
  metricOf,
  type ColumnSource,
  type CompareColumn,
} from './compareColumns';
import { compareWithBaseline, type RowComparison } from './compareDifferences';
import { parseCompareFilter } from './compareFilter';
import { arrange, createAcceptance, sortRows, withSeeds, type CompareLine } from './compareOrder';
import { pairKey, type RowMarks } from './compareMarks';

export interface CompareTable {
  /** Shown ones, pinned first. */
  readonly columns: readonly CompareColumn[];
  /** All that can be chosen, `difference` among them. */
  readonly offered: readonly CompareColumn[];
  readonly pinnedColumns: number;
  /** Rows that stay on top, then all others in order. */
  readonly pinned: readonly CompareLine[];
  readonly lines: readonly CompareLine[];
  /** Rows that the filter lets through, in the order of the model. */
  readonly shown: readonly number[];
  readonly hidden: number;
  /** Place of the baseline in the model. */
  readonly baseline: number | undefined;
  /** Judged against the baseline, or against the current row where there is none. */
  readonly against: number | undefined;
  readonly comparisons: readonly RowComparison[] | undefined;
  readonly problems: readonly string[];
  nameOf(row: number): string;
  marksOf(row: number): RowMarks;
  cell(line: CompareLine, column: CompareColumn): string;
}

/** Makes tables of one model, and keeps what only the model decides. */
export function createCompareTables(model: CompareModel): (view: CompareView) => CompareTable {
  const settings = model.rows.map((_, row) => lazySettings(model, row));
  return (view) => createTable(model, (row) => settings[row]!(), view);
}

function lazySettings({ parameters }: CompareModel, row: number): () => EffectiveSettings {
  let known: Map<string, SettingValue> | undefined;
  return () => {
    known ??= new Map(
      parameters.flatMap(({ id, values, at }) => {
        const value = values[at[row]!];
        return value === undefined ? [] : [[id, value] as const];
      }),
    );
    return known;
  };
}

function createTable(
  model: CompareModel,
  settings: (row: number) => EffectiveSettings,
  view: CompareView,
): CompareTable {
  const { rows, marks } = model;
  const marksOf = (row: number): RowMarks => marks.rows[rows[row]!.id] ?? {};
  const nameOf = (row: number): string => marksOf(row).name ?? ownName(model, row);
  const source: ColumnSource = { model, metric: view.metric, marks: marksOf, name: nameOf };
  const baseline = findRow(model, marks.baseline);
  const against = baseline ?? findRow(model, view.current);
  const comparisons =
    against === undefined
      ? undefined
      : compareWithBaseline({
          ...{ rows, settings, baseline: against, metric: view.metric, withoutDifferences: baseline === undefined },
          rules: { treatedAsSame: new Set(marks.same.fields), isBudgetCompared: view.isBudgetCompared },
          samePairs: new Set(marks.same.pairs.map(pairKey)),
        });
  const columns = createColumns(source);
  const difference = createDifferenceColumn(source, baseline === undefined ? undefined : comparisons);
  const offered = [...columns.slice(0, scorePlace(columns) + 1), difference, ...columns.slice(scorePlace(columns) + 1)];
  const text = createText(model, nameOf, marksOf);
  const filter = parseCompareFilter(view.query, offered, text);
  const accepts = createAcceptance({ view, offered, marksOf, filter, comparisons, baseline });
  const shown = rows.flatMap((_, row) => (accepts(row) ? [row] : []));
  const ordered = sortRows(shown, view.sort, (id) => (id === 'name' ? nameColumn(nameOf) : find(offered, id)));
  const isPinned = (row: number): boolean => marksOf(row).pin === true || row === baseline;
  const chosen = chooseColumns({ offered, view, shown, baseline });
  return {
    ...{ columns: chosen.columns, pinnedColumns: chosen.pinned, offered, shown, baseline, against, comparisons },
    pinned: ordered
      .filter(isPinned)
      .toSorted((a, b) => Number(b === baseline) - Number(a === baseline))
      .flatMap(withSeeds(model, view)),
    lines: arrange(
      model,
      view,
      ordered.filter((row) => !isPinned(row)),
    ),
    hidden: rows.filter((_, row) => marksOf(row).hidden).length,
    problems: filter.problems,
    nameOf,
    marksOf,
    cell: (line, column) => cellText(model, line, column),
  };
}

/** What stands in the first column when the user has not named the row. */
function ownName({ rows }: CompareModel, row: number): string {
  const { pretraining, against, measure } = rows[row]!;
  const pair = against === undefined ? pretraining : `${pretraining} ~ ${against}`;
  return measure === '' ? pair : `${pair} · ${measure}`;
}

function findRow({ rows }: CompareModel, id: string | undefined): number | undefined {
  const place = id === undefined ? -1 : rows.findIndex((row) => row.id === id);
  return place < 0 ? undefined : place;
}

function find(columns: readonly CompareColumn[], id: string): CompareColumn | undefined {
  return columns.find((column) => column.id === id);
}

function scorePlace(columns: readonly CompareColumn[]): number {
  return columns.findIndex(({ id }) => id === 'score');
}

/** All words of a row that a filter looks at, in small letters. */
function createText(
  { rows }: CompareModel,
  nameOf: (row: number) => string,
  marksOf: (row: number) => RowMarks,
): (row: number) => string {
  const known = new Map<number, string>();
  return (place) => {
    let text = known.get(place);
    if (text === undefined) {
      const { run, experiment, pretraining, measure, task, isImported } = rows[place]!;
      const { note = '', tags = [] } = marksOf(place);
      const words = [nameOf(place), run, experiment, pretraining, measure, task, isImported ? 'imported' : '', note];
      known.set(place, (text = [...words, ...tags].join('\n').toLowerCase()));
    }
    return text;
  };
}

function nameColumn(nameOf: (row: number) => string): CompareColumn {
  const words = { id: 'name', name: 'name', title: 'name', group: 'Row', isNumber: false, isShare: false } as const;
  return { ...words, text: nameOf, number: () => undefined };
}

function createDifferenceColumn(
  source: ColumnSource,
  comparisons: readonly RowComparison[] | undefined,
): CompareColumn {
  const title = 'difference to the baseline, paired over seeds, with its 95 % interval; ? is: not enough runs to tell';
  return {
    ...{ id: 'difference', name: 'to baseline', title, group: 'Metrics', isNumber: true, isShare: false },
    text: (row) => {
      const comparison = comparisons?.[row];
      if (!comparison) return '';
      if (comparison.unfair.length > 0) return `not comparable (${comparison.unfair[0]!.topic})`;
      return describeDifference(source, row, comparison);
    },
    number: (row) => comparisons?.[row]?.difference?.mean ?? comparisons?.[row]?.untested,
  };
}

function describeDifference(source: ColumnSource, row: number, comparison: RowComparison): string {
  const { difference, verdict, untested } = comparison;
  const metric = metricOf(source, source.model.rows[row]!, source.metric);
  if (metric && untested !== undefined && !hasPlainUnit(metric))
    return `${formatMetricDifference(metric.format, { mean: untested })}, not tested`;
  if (!difference || !metric || !verdict) return '';
  if (hasPlainUnit(metric))
    return `${difference.mean < 0 ? '−' : '+'}${formatValue(metric, { mean: Math.abs(difference.mean) })}`;
  return `${judgementMarks[verdict]} ${formatMetricDifference(metric.format, difference)}`;
}

/** One sentence about a row against the baseline; undefined where there is nothing to say. */
export function describeComparison(table: CompareTable, row: number): string | undefined {
  const { comparisons, against, baseline } = table;
  const comparison = comparisons?.[row];
  if (!comparison || against === undefined || row === against) return undefined;
  const other = table.nameOf(against);
  if (comparison.unfair.length > 0) return `Not comparable with ${other}: ${describeUnfair(comparison.unfair)}.`;
  if (baseline === undefined) return undefined;
  const { difference, verdict, untested } = comparison;
  if (untested !== undefined) return `Made elsewhere, so its difference to ${other} is not tested.`;
  if (!difference || !verdict) return `No seed in common with ${other}, so there is no paired difference.`;
  const over = `over ${difference.n} shared seed${difference.n === 1 ? '' : 's'}`;
  if (verdict === 'unclear')
    return `Not enough runs to tell it from ${other} (${over}, corrected for all comparable rows).`;
  return `${verdict === 'above' ? 'Above' : 'Below'} ${other} (${over}, corrected for all comparable rows).`;
}

/** Most columns that `only what differs` shows: more are no table any more. */
const MOST_DIFFERING = 40;

function chooseColumns(input: {
  readonly offered: readonly CompareColumn[];
  readonly view: CompareView;
  readonly shown: readonly number[];
  readonly baseline: number | undefined;
}): { readonly columns: readonly CompareColumn[]; readonly pinned: number } {
  const { offered, view, shown, baseline } = input;
  const chosen = view.columns.flatMap((id) => find(offered, id) ?? []);
  const known = chosen.filter(({ id }) => id !== 'difference' || baseline !== undefined);
  const differs = (column: CompareColumn): boolean => {
    const first = shown[0] === undefined ? '' : column.text(shown[0]);
    return shown.some((row) => column.text(row) !== first);
  };
  const all = view.onlyDiffering
    ? [
        ...known.filter(differs),
        ...offered.filter((column) => isOwnSetting(column) && !known.includes(column) && differs(column)),
      ]
    : known;
  const isPinned = ({ id }: CompareColumn): boolean => view.pinnedColumns.includes(id);
  const pinned = all.filter(isPinned);
  return {
    columns: [...pinned, ...all.filter((column) => !isPinned(column))].slice(0, Math.max(known.length, MOST_DIFFERING)),
    pinned: pinned.length,
  };
}

/** Of machine and run nobody asks when results are compared. */
function isOwnSetting({ group, id }: CompareColumn): boolean {
  return group === 'Settings' && !id.startsWith('run.');
}

function isMeasured({ group }: CompareColumn): boolean {
  return group === 'Metrics' || group === 'Costs';
}

/** Of a seed's line its own values; what belongs to the row stands in the row's line. */
function cellText(model: CompareModel, line: CompareLine, column: CompareColumn): string {
  if (line.kind === 'group') return '';
  if (line.kind === 'row') return column.text(line.row);
  const row = model.rows[line.row]!;
  if (!isMeasured(column) || column.id === 'difference') return '';
  const metric = metricOf({ model }, row, column.id);
  const value = metric && row.values[metric.id]?.[row.seeds.indexOf(line.seed)];
  return metric && typeof value === 'number' ? formatValue(metric, { mean: value }) : '';
}
