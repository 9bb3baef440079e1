/**
 * What `detection-errors` says in a report: pretrainings down, kinds of errors across. Means over seeds; differences to the
 * pretraining that was named as `against` seed by seed, or with one seed the half width of the interval over images.
 */
import { LADDER_STEPS, type LadderStep } from '../../math/detection/cocoLadder';
import { BUDGET_PARTS } from '../../math/detection/errorBudget';
import { HOIEM_ERRORS, HOIEM_TYPES } from '../../math/detection/hoiem';
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { DiagnosisDifference, ErrorDiagnosis } from '../../results/errorDiagnosis';
import { budgetNames, hoiemNames } from '../detections/errorNames';
import type { Analysed, AnalysisTable } from './analysisViews';

interface Diagnosed {
  readonly pretraining: string;
  readonly errors: ErrorDiagnosis;
}

interface Column {
  readonly name: string;
  readonly value: (errors: ErrorDiagnosis) => number | DiagnosisDifference | undefined;
}

const ladderNames: Readonly<Record<LadderStep, string>> = {
  ...{ c75: 'C75', c50: 'C50', loc: 'Loc', sim: 'Sim', oth: 'Oth', bg: 'BG', fn: 'FN' },
};
const parts = ['ap', ...BUDGET_PARTS] as const;
const SHOWN_PAIRS = 8;

export function errorTables(results: readonly Analysed[]): AnalysisTable[] {
  const diagnosed = results.flatMap(({ pretraining, result }) =>
    result.errors ? [{ pretraining, errors: result.errors }] : [],
  );
  const [first] = diagnosed;
  if (!first) return [];
  const { foreground, ladders } = first.errors;
  const at = `IoU ${foreground.toFixed(2)}`;
  const create = (metric: string, title: string, columns: readonly Column[]) =>
    tableOf(diagnosed, { metric, title: `${title} (%)`, columns });
  const tables = [
    create(
      'hoiem',
      'Hoiem: what the N surest detections of each class with N objects are',
      HOIEM_TYPES.map((type) => ({ name: hoiemNames[type], value: ({ hoiem }) => hoiem[type] })),
    ),
    ...(['removed', 'corrected'] as const).map((change) =>
      create(
        `hoiem.${change}`,
        `Hoiem: AP at ${at}, and what it gains when an error is ${change}`,
        (['ap', ...HOIEM_ERRORS] as const).map((type) => ({
          name: type === 'ap' ? 'AP' : hoiemNames[type],
          value: (errors) => errors[change][type],
        })),
      ),
    ),
    create(
      'tide',
      `TIDE: AP at ${at}, and what mending one kind of error gains`,
      parts.map((part) => ({ name: budgetNames[part], value: ({ tide }) => tide[part] })),
    ),
    ...ladders.map(({ area }) =>
      create(
        `ladder.${area}`,
        `COCO: AP as one error after the other is forgiven, ${area === 'all' ? 'all objects' : `${area} objects`}`,
        LADDER_STEPS.map((step) => ({
          name: ladderNames[step],
          value: (errors) => errors.ladders.find((one) => one.area === area)?.steps[step],
        })),
      ),
    ),
    pairTable(diagnosed),
    ...differenceTables(diagnosed),
  ];
  return tables.filter(({ rows }) => rows.some(({ cells }) => cells.some((cell) => cell !== undefined)));
}

function tableOf(
  diagnosed: readonly Diagnosed[],
  { metric, title, columns }: { metric: string; title: string; columns: readonly Column[] },
): AnalysisTable {
  const names = [...new Set(diagnosed.map(({ pretraining }) => pretraining))];
  const rows = names.map((name) => ({
    name,
    cells: columns.map(({ value }) =>
      cellOf(diagnosed.flatMap(({ pretraining, errors }) => (pretraining === name ? (value(errors) ?? []) : []))),
    ),
  }));
  return { metric, title, isPercent: true, columns: columns.map(({ name }) => name), rows };
}

function cellOf(values: readonly (number | DiagnosisDifference)[]): MeanInterval | undefined {
  const [only, ...more] = values;
  if (only === undefined) return undefined;
  const numbers = values.map((value) => (typeof value === 'number' ? value : value.difference));
  const mean = meanInterval(numbers);
  // One seed: the interval over images, which is not quite symmetric.
  return more.length === 0 && typeof only !== 'number' ? { ...mean, halfWidth: (only.high - only.low) / 2 } : mean;
}

/** The confusions that are made most: shares of the detections of a class that lie on objects of another. */
function pairTable(diagnosed: readonly Diagnosed[]): AnalysisTable {
  const { names } = diagnosed[0]!.errors.pairs;
  const shareOf = ({ pairs }: ErrorDiagnosis, said: number, is: number): number | undefined => {
    const row = pairs.counts[said]!;
    const counted = row.reduce((sum, count) => sum + count, 0);
    return counted === 0 ? undefined : row[is]! / counted;
  };
  const confused = names.flatMap((name, said) =>
    names.flatMap((other, is) => {
      if (said === is) return [];
      const total = diagnosed.reduce((sum, { errors }) => sum + (shareOf(errors, said, is) ?? 0), 0);
      return total === 0 ? [] : [{ said, is, name: `${name} on ${other}`, total }];
    }),
  );
  const most = confused.sort((a, b) => b.total - a.total).slice(0, SHOWN_PAIRS);
  return tableOf(diagnosed, {
    metric: 'confused',
    title: 'Classes confused most: share of the surest detections of a class that lie on objects of another',
    columns: most.map(({ name, said, is }) => ({ name, value: (errors) => shareOf(errors, said, is) })),
  });
}

function differenceTables(diagnosed: readonly Diagnosed[]): AnalysisTable[] {
  const compared = diagnosed.filter(({ errors }) => errors.difference);
  const against = compared[0]?.errors.difference?.against;
  if (against === undefined) return [];
  return [
    tableOf(compared, {
      metric: 'hoiem difference',
      title: `Hoiem: difference to ${against} (%)`,
      columns: HOIEM_TYPES.map((type) => ({
        name: hoiemNames[type],
        value: ({ difference }) => difference?.hoiem[type],
      })),
    }),
    tableOf(compared, {
      metric: 'tide difference',
      title: `TIDE: difference to ${against} (%)`,
      columns: parts.map((part) => ({ name: budgetNames[part], value: ({ difference }) => difference?.tide[part] })),
    }),
  ];
}
