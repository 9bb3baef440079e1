/**
 * The result of each transfer as one plain sentence, made from the intervals alone: it claims a difference only where the
 * paired interval leaves out zero, also after Holm's correction, and says "too close to tell" otherwise. Every format prints the same sentences.
 */
import type { PairedDifference } from '../../math/statistics';
import { compareSeeds, correctTogether, judgeDifference, type Verdict } from './compareSeeds';
import { formatDifference, formatList, formatPercent, metricName } from '../formatNumbers';
import { metricKind } from './metrics';
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
  const direction = metricKind(column.metric).isLowerBetter ? lower : higher;
  const best = firstOf(entrants, direction);
  const others = entrants.filter((entrant) => entrant !== best);
  const percent = `${formatPercent(best.cell)} %`;
  const isWhole = column.layer === '';
  const score = isWhole ? `with ${percent}` : `at ${column.layer}, ${percent}`;
  if (others.length === 0) {
    const alone = isWhole ? percent : score;
    return `${best.pretraining} is the only one measured: ${metricName(column.metric)} ${alone}${guessing(column)}`;
  }
  if (best.cell.n < 2)
    return `${best.pretraining} is ${direction.extreme} ${score}, but one value has no interval, so the order is not certain`;
  const close = rivals(best, others, { reference, direction });
  const places = reference === undefined ? [] : standings(best, others, { reference, direction });
  return [
    rank({ best, close, score, direction, margin: marginOf({ best, others, reference, direction }) }),
    ...places,
    ...incomparable(best, others),
  ].join('; ');
}

/** Which way is better, in words and signs. */
interface Direction {
  readonly sign: 1 | -1;
  readonly extreme: 'highest' | 'lowest';
  /** The verdict that means better. */
  readonly better: 'above' | 'below';
}
const higher: Direction = { sign: 1, extreme: 'highest', better: 'above' };
const lower: Direction = { sign: -1, extreme: 'lowest', better: 'below' };

interface Standing {
  readonly reference: string | undefined;
  readonly direction: Direction;
}

function firstOf(entrants: readonly Entrant[], { sign }: Direction): Entrant {
  return entrants.reduce((a, b) => (sign * b.cell.mean > sign * a.cell.mean ? b : a));
}

/**
 * Those that the best is not clearly better than. The reference is one of them, too, where the table, which corrects for
 * the comparisons with it, cannot tell: the sentence must not claim more than the mark in the table.
 */
function rivals(best: Entrant, others: readonly Entrant[], { reference, direction }: Standing): string[] {
  const differences = correctTogether(others.map(({ cell }) => compareSeeds(best.cell.values, cell.values)));
  const isUnclear = (difference: PairedDifference | undefined): boolean =>
    difference !== undefined && difference.n > 1 && judgeDifference(difference) !== direction.better;
  const close = others.filter(
    ({ pretraining }, place) =>
      isUnclear(differences[place]) || (pretraining === reference && isUnclear(best.cell.versusReference)),
  );
  return close.map(({ pretraining }) => pretraining);
}

interface Margin {
  readonly name: string;
  readonly difference: PairedDifference | undefined;
}

interface MarginInput {
  readonly best: Entrant;
  readonly others: readonly Entrant[];
  readonly reference: string | undefined;
  readonly direction: Direction;
}

/** To the reference; where there is none, or it leads itself, to the second. */
function marginOf({ best, others, reference, direction }: MarginInput): Margin {
  const { versusReference } = best.cell;
  if (reference !== undefined && versusReference) return { name: reference, difference: versusReference };
  const second = firstOf(others, direction);
  return { name: second.pretraining, difference: compareSeeds(best.cell.values, second.cell.values) };
}

interface Lead {
  readonly best: Entrant;
  readonly close: readonly string[];
  /** `at avgpool, 25.1 ± 0.8 %`. */
  readonly score: string;
  readonly direction: Direction;
  readonly margin: Margin;
}

/** Who leads, by how much, and whether that is certain. */
function rank({ best: { pretraining }, close, score, direction, margin }: Lead): string {
  const { name, difference } = margin;
  const isAhead = difference !== undefined && judgeDifference(difference) === direction.better;
  const ahead = isAhead ? `, ${formatDifference(difference)} points ${direction.better} ${name}` : '';
  if (close.length === 0) return `${pretraining} is best ${score}${ahead}`;
  return `${pretraining} is ${direction.extreme} ${score}${ahead}, but too close to ${formatList(close)} to tell which is better`;
}

/** Which of the others are above the reference, below it, or too close to it. */
function standings(
  best: Entrant,
  others: readonly Entrant[],
  { reference, direction }: { readonly reference: string; readonly direction: Direction },
): string[] {
  const groups: Record<Verdict, string[]> = { above: [], below: [], unclear: [] };
  for (const { pretraining, cell } of others) {
    const difference = cell.versusReference;
    if (difference && difference.n > 1) groups[judgeDifference(difference)].push(pretraining);
  }
  const lead = best.cell.versusReference;
  const too = (side: Verdict) =>
    side === direction.better && lead && judgeDifference(lead) === direction.better ? ' too' : '';
  const say = (names: readonly string[], place: string) =>
    names.length === 0 ? [] : [`${formatList(names)} ${names.length === 1 ? 'is' : 'are'} ${place}`];
  return [
    ...say(groups.above, `above ${reference}${too('above')}`),
    // When the reference itself leads, those close to it have been named already.
    ...say(best.pretraining === reference ? [] : groups.unclear, `too close to ${reference} to tell`),
    ...say(groups.below, `below ${reference}${too('below')}`),
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
