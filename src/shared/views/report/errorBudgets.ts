/** What errors detectors make, by pretraining: means over seeds, and differences to the reference seed by seed. */
import { ERROR_TYPES } from '../../math/detection/errorBudget';
import { HOIEM_TYPES } from '../../math/detection/hoiem';
import { meanInterval, type MeanInterval, type PairedDifference } from '../../math/statistics';
import type { DetectionErrors } from '../../results/records';
import { hoiemNames, tideNames } from '../detections/errorNames';
import { compareSeeds, correctTogether, type SeedValue } from './compareSeeds';
import type { JoinedRun } from './joinedRun';

export interface ErrorBudgetView {
  readonly transfer: string;
  readonly method: 'tide' | 'hoiem';
  /** Pretraining that the others are compared with. */
  readonly against: string;
  readonly columns: readonly ErrorColumn[];
  readonly rows: readonly { readonly pretraining: string; readonly cells: readonly ErrorCell[] }[];
}

export interface ErrorColumn {
  /** Of files: `tide.cls`, `hoiem.bg`. */
  readonly metric: string;
  readonly name: string;
}

export interface ErrorCell extends MeanInterval {
  readonly difference?: PairedDifference;
}

interface Figure extends ErrorColumn {
  readonly method: ErrorBudgetView['method'];
  readonly value: (errors: DetectionErrors) => number;
}

const figures: readonly Figure[] = [
  { method: 'tide', metric: 'tide.ap50', name: 'AP at IoU 0.50', value: ({ ap50 }) => ap50 },
  ...ERROR_TYPES.map((type): Figure => ({
    ...{ method: 'tide', metric: `tide.${type}`, name: tideNames[type] },
    value: ({ gains }) => gains[type],
  })),
  ...HOIEM_TYPES.map((type): Figure => ({
    ...{ method: 'hoiem', metric: `hoiem.${type}`, name: hoiemNames[type] },
    value: ({ hoiem }) => hoiem[type],
  })),
];

/** Two for each detection whose records tell of errors; `reference`: random weights, else the first is compared with. */
export function createErrorBudgets(run: JoinedRun, reference: string | undefined): ErrorBudgetView[] {
  return run.transfers.flatMap((transfer) => {
    const measured = run.pretrainings.map((pretraining) => ({
      pretraining,
      seeds: run
        .measured(pretraining, transfer)
        .flatMap(({ seed, result }) => (result.errors ? [{ seed, errors: result.errors }] : [])),
    }));
    const present = measured.filter(({ seeds }) => seeds.length > 0);
    const against = present.find(({ pretraining }) => pretraining === reference) ?? present[0];
    if (!against) return [];
    const createCell = (row: (typeof present)[number], { value }: Figure): ErrorCell => {
      const valuesOf = ({ seeds }: typeof row): SeedValue[] =>
        seeds.map(({ seed, errors }) => ({ seed, value: value(errors) }));
      const own = valuesOf(row);
      const difference = row === against ? undefined : compareSeeds(own, valuesOf(against));
      return { ...meanInterval(own.map((one) => one.value)), ...(difference && { difference }) };
    };
    return (['tide', 'hoiem'] as const).map((method): ErrorBudgetView => {
      const columns = figures.filter((figure) => figure.method === method);
      const cells = present.map((row) => columns.map((figure) => createCell(row, figure)));
      // The comparisons of a column are made at once, as in the main table.
      const corrected = columns.map((_, c) => correctTogether(cells.map((row) => row[c]!.difference)));
      return {
        ...{ transfer, method, against: against.pretraining },
        columns: columns.map(({ metric, name }) => ({ metric, name })),
        rows: present.map(({ pretraining }, r) => ({
          pretraining,
          cells: cells[r]!.map((cell, c) => {
            const difference = corrected[c]![r];
            return { ...cell, ...(difference && { difference }) };
          }),
        })),
      };
    });
  });
}

/** What the figures of a table are. */
export function errorBudgetMeaning({ method }: Pick<ErrorBudgetView, 'method'>): string {
  return method === 'tide'
    ? 'TIDE: points of AP at IoU 0.50 that mending one kind of error alone would gain.'
    : 'Hoiem: shares in percent of the N surest detections of each class with N objects.';
}

/** The same for a table that shows differences, too. */
export function errorBudgetNote(view: ErrorBudgetView): string {
  const { against } = view;
  return `${errorBudgetMeaning(view)} In brackets the difference to ${against}, paired by seed; ▲ above it, ▼ below it, ? cannot tell.`;
}
