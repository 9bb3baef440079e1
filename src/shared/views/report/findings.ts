/**
 * The result of each transfer as one plain sentence, made from the intervals alone: it claims a difference only where the
 * paired interval leaves out zero, and says "too close to tell" otherwise. Every format prints the same sentences.
 */
import type { PairedDifference } from '../../math/statistics';
import { compareSeeds, judgeDifference, type Verdict } from './compareSeeds';
import { formatDifference, formatList, formatPercent, metricName } from '../formatNumbers';
import type { ReportCell, ReportColumn, ReportRow } from './transferReport';

export interface Finding {
  readonly transfer: string;
  /** Without the transfer's name, ending in a full stop. */
  readonly sentence: string;
}

export interface FindingInput {
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  readonly reference: string | undefined;
}

interface Entrant {
  readonly pretraining: string;
  readonly cell: ReportCell;
}

export function describeFindings({ columns, rows, reference }: FindingInput): Finding[] {
  return columns.map((column, c) => {
    const entrants = rows.flatMap(({ pretraining, cells }) => {
      const cell = cells[c];
      return cell ? [{ pretraining, cell }] : [];
    });
    return { transfer: column.transfer, sentence: `${describeColumn(column, entrants, reference)}.` };
  });
}

function describeColumn(column: ReportColumn, entrants: readonly Entrant[], reference: string | undefined): string {
  const best = entrants.reduce((a, b) => (b.cell.mean > a.cell.mean ? b : a));
  const others = entrants.filter((entrant) => entrant !== best);
  const percent = `${formatPercent(best.cell)} %`;
  const isWhole = column.layer === '';
  const score = isWhole ? `with ${percent}` : `at ${column.layer}, ${percent}`;
  if (others.length === 0) {
    const alone = isWhole ? percent : score;
    return `${best.pretraining} is the only one measured: ${metricName(column.metric)} ${alone}${guessing(column)}`;
  }
  if (best.cell.n < 2)
    return `${best.pretraining} is highest ${score}, but one value has no interval, so the order is not certain`;
  const close = rivals(best, others);
  const places = reference === undefined ? [] : standings(best, others, reference);
  return [
    rank({ best, close, score, margin: marginOf(best, others, reference) }),
    ...places,
    ...incomparable(best, others),
  ].join('; ');
}

/** Those that the best is not clearly above. */
function rivals(best: Entrant, others: readonly Entrant[]): string[] {
  const close = others.filter(({ cell }) => {
    const difference = compareSeeds(best.cell.values, cell.values);
    return difference !== undefined && difference.n > 1 && judgeDifference(difference) !== 'above';
  });
  return close.map(({ pretraining }) => pretraining);
}

interface Margin {
  readonly name: string;
  readonly difference: PairedDifference | undefined;
}

/** To the reference; where there is none, or it leads itself, to the second. */
function marginOf(best: Entrant, others: readonly Entrant[], reference: string | undefined): Margin {
  const { versusReference } = best.cell;
  if (reference !== undefined && versusReference) return { name: reference, difference: versusReference };
  const second = others.reduce((a, b) => (b.cell.mean > a.cell.mean ? b : a));
  return { name: second.pretraining, difference: compareSeeds(best.cell.values, second.cell.values) };
}

interface Lead {
  readonly best: Entrant;
  readonly close: readonly string[];
  /** `at avgpool, 25.1 ± 0.8 %`. */
  readonly score: string;
  readonly margin: Margin;
}

/** Who leads, by how much, and whether that is certain. */
function rank({ best: { pretraining }, close, score, margin }: Lead): string {
  const { name, difference } = margin;
  const isAbove = difference !== undefined && judgeDifference(difference) === 'above';
  const ahead = isAbove ? `, ${formatDifference(difference)} points above ${name}` : '';
  if (close.length === 0) return `${pretraining} is best ${score}${ahead}`;
  return `${pretraining} is highest ${score}${ahead}, but too close to ${formatList(close)} to tell which is better`;
}

/** Which of the others are above the reference, below it, or too close to it. */
function standings(best: Entrant, others: readonly Entrant[], reference: string): string[] {
  const groups: Record<Verdict, string[]> = { above: [], below: [], unclear: [] };
  for (const { pretraining, cell } of others) {
    const difference = cell.versusReference;
    if (difference && difference.n > 1) groups[judgeDifference(difference)].push(pretraining);
  }
  const lead = best.cell.versusReference;
  const too = lead && judgeDifference(lead) === 'above' ? ' too' : '';
  const say = (names: readonly string[], place: string) =>
    names.length === 0 ? [] : [`${formatList(names)} ${names.length === 1 ? 'is' : 'are'} ${place}`];
  return [
    ...say(groups.above, `above ${reference}${too}`),
    // When the reference itself leads, those close to it have been named already.
    ...say(best.pretraining === reference ? [] : groups.unclear, `too close to ${reference} to tell`),
    ...say(groups.below, `below ${reference}`),
  ];
}

/** Names those whose difference to the best has no interval. */
function incomparable(best: Entrant, others: readonly Entrant[]): string[] {
  const few = others.filter(({ cell }) => (compareSeeds(best.cell.values, cell.values)?.n ?? 0) < 2);
  return few.length === 0
    ? []
    : [`too few shared seeds to compare ${formatList(few.map(({ pretraining }) => pretraining))}`];
}

function guessing({ chance }: ReportColumn): string {
  return chance === undefined ? '' : `; guessing would give ${(100 * chance).toFixed(1)} %`;
}
