/** The columns of the Compare panel: what each row says in them as text, as a number, and where to sort it. */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { CompareMetric, CompareModel, CompareRow } from '../../protocol/panels/comparePanel';
import type { SettingValue } from '../../results/settingValue';
import type { SeedValue } from '../report/compareSeeds';
import { formatMetric, metricKind, metricTitle } from '../report/metrics';
import { formatBytes, formatCount, formatMillions, formatSeconds } from '../formatNumbers';
import { formatEnergy } from '../report/costColumns';
import { isCost } from './compareCosts';
import type { RowMarks } from './compareMarks';

export interface CompareColumn {
  readonly id: string;
  readonly name: string;
  /** Said in full, for titles and screen readers. */
  readonly title: string;
  readonly group: 'Row' | 'Metrics' | 'Costs' | 'Settings';
  readonly isNumber: boolean;
  /** Numbers here are shares and written in percent. */
  readonly isShare: boolean;
  /** What stands in the cell; '' for nothing. */
  text(row: number): string;
  /** In the unit that is written; undefined where there is none, or where the text is no number. */
  number(row: number): number | undefined;
}

/** Everything that columns are made of. */
export interface ColumnSource {
  readonly model: CompareModel;
  /** Metric that is compared; `score` is each row's headline. */
  readonly metric: string;
  readonly marks: (row: number) => RowMarks;
  readonly name: (row: number) => string;
}

/** Values by seed of a metric; `score` is the row's own headline. */
export function seedValues(row: CompareRow, metric: string): SeedValue[] {
  const id = metric === 'score' ? row.headline : metric;
  const values = id === undefined ? undefined : row.values[id];
  return (values ?? []).flatMap((value, place) => (value === null ? [] : [{ seed: row.seeds[place]!, value }]));
}

/** The metric that `score` stands for in a row. */
export function metricOf(
  { model }: Pick<ColumnSource, 'model'>,
  row: CompareRow,
  metric: string,
): CompareMetric | undefined {
  const id = metric === 'score' ? row.headline : metric;
  return model.metrics.find((one) => one.id === id);
}

/** `23.4 ± 1.2`, `3 min 5 s`, `701,728`. */
export function formatValue({ format }: CompareMetric, value: Pick<MeanInterval, 'mean' | 'halfWidth'>): string {
  const unit = plainUnits[format];
  return unit ? unit(value.mean) : formatMetric(format, value);
}

const plainUnits: Readonly<Record<string, (value: number) => string>> = {
  seconds: (seconds) => (seconds > 0 && seconds < 0.95 ? `${(1000 * seconds).toFixed(0)} ms` : formatSeconds(seconds)),
  count: (count) => (count >= 10_000_000 ? formatMillions(count) : formatCount(Math.round(count))),
  bytes: formatBytes,
  joules: formatEnergy,
};

/** Of times, counts, sizes and energies, which no direction makes better; their intervals are of no use. */
export function hasPlainUnit({ format }: CompareMetric): boolean {
  return plainUnits[format] !== undefined;
}

export function isShareMetric(metric: CompareMetric | undefined): boolean {
  return metric !== undefined && !hasPlainUnit(metric) && metricKind(metric.format).isShare;
}

/** All columns that there are, in the order of the chooser; the row's name is not among them. */
export function createColumns(source: ColumnSource): CompareColumn[] {
  return [...rowColumns(source), ...metricColumns(source), ...parameterColumns(source)];
}

function rowColumns(source: ColumnSource): CompareColumn[] {
  const { rows } = source.model;
  const words = (id: string, name: string, text: (row: CompareRow, place: number) => string): CompareColumn => ({
    ...{ id, name, title: name, group: 'Row', isNumber: false, isShare: false },
    text: (place) => text(rows[place]!, place),
    number: () => undefined,
  });
  const seeds: CompareColumn = {
    ...words('seeds', 'seeds', ({ seeds: done, planned }) =>
      done.length === planned ? String(planned) : `${done.length} of ${planned}`,
    ),
    isNumber: true,
    title: 'seeds with a result',
    number: (place) => rows[place]!.seeds.length,
  };
  return [
    words('run', 'run', ({ run, isImported }) => `${run}${isImported ? ' (imported)' : ''}`),
    words('experiment', 'experiment', ({ experiment }) => experiment),
    words('pretraining', 'pretraining', ({ pretraining, against }) =>
      against === undefined ? pretraining : `${pretraining} ~ ${against}`,
    ),
    words('measure', 'transfer', ({ measure }) => measure),
    words('task', 'task', ({ task }) => task),
    seeds,
    words('state', 'state', ({ state }) => state),
    words('created', 'started', ({ createdAt }) => createdAt.slice(0, 16).replace('T', ' ')),
    words('origin', 'origin', ({ isImported }) => (isImported ? 'imported' : 'run here')),
    words('file', 'file', ({ file }) => file),
    words('tags', 'tags', (_, place) => (source.marks(place).tags ?? []).join(', ')),
    words('note', 'note', (_, place) => source.marks(place).note ?? ''),
    words('star', 'starred', (_, place) => (source.marks(place).star ? 'yes' : '')),
  ];
}

function metricColumns(source: ColumnSource): CompareColumn[] {
  const { rows, metrics } = source.model;
  const known = new Map(metrics.map((metric) => [metric.id, metric]));
  const make = (
    id: string,
    name: string,
    title: string,
    of: (row: CompareRow) => string | undefined,
  ): CompareColumn => {
    const means = new Map<number, MeanInterval | undefined>();
    const mean = (place: number): MeanInterval | undefined => {
      if (!means.has(place)) {
        const metric = of(rows[place]!);
        const values = metric === undefined ? [] : seedValues(rows[place]!, metric);
        means.set(place, values.length === 0 ? undefined : meanInterval(values.map(({ value }) => value)));
      }
      return means.get(place);
    };
    const metricAt = (place: number): CompareMetric | undefined => known.get(of(rows[place]!) ?? '');
    return {
      ...{ id, name, title, group: isCost(id) ? 'Costs' : 'Metrics', isNumber: true },
      isShare: id === 'score' ? metrics.some(isShareMetric) : isShareMetric(known.get(id)),
      text: (place) => {
        const [value, metric] = [mean(place), metricAt(place)];
        return value && metric ? formatValue(metric, value) : '';
      },
      number: (place) => {
        const [value, metric] = [mean(place), metricAt(place)];
        return value && metric && (isShareMetric(metric) ? 100 : 1) * value.mean;
      },
    };
  };
  return [
    make(
      'score',
      'score',
      'what each transfer is judged by, mean and 95 % interval over seeds',
      ({ headline }) => headline,
    ),
    ...metrics.map((metric) =>
      make(metric.id, metric.name, hasPlainUnit(metric) ? metric.name : metricTitle(metric.format), () => metric.id),
    ),
  ];
}

const groupNames: Readonly<Record<string, string>> = {
  pretrainingData: 'pretraining data',
  transfer: 'transfer',
  data: 'data',
};

function parameterColumns({ model }: ColumnSource): CompareColumn[] {
  return model.parameters.map(({ id, values, at }) => {
    const group = id.slice(0, id.indexOf('.'));
    const valueAt = (place: number): SettingValue | undefined => values[at[place]!];
    return {
      ...{ id, name: id, group: 'Settings' as const, isShare: false },
      title: `${id.slice(group.length + 1)} of the ${groupNames[group] ?? group}`,
      isNumber: values.length > 0 && values.every((value) => typeof value === 'number'),
      text: (place: number) => String(valueAt(place) ?? ''),
      number: (place: number) => {
        const value = valueAt(place);
        return typeof value === 'number' ? value : undefined;
      },
    };
  });
}
