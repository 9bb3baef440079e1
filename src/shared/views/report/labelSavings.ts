/**
 * How many labels each pretraining saves against the baseline of a curve of accuracy against labels (src/shared/math/labelSaving.ts),
 * as figures and in words. The baseline is the random one, else the first of the experiment.
 */
import { labelSaving, type LabelPoint, type LabelSaving } from '../../math/labelSaving';
import { formatCount, formatList } from '../formatNumbers';
import type { Finding } from './findings';
import type { JoinedRun } from './joinedRun';
import type { LabelCurvesView } from './labelCurves';
import { metricKind } from './metrics';

export interface LabelSavingsView {
  readonly baseline: string;
  readonly rows: readonly LabelSavingsRow[];
}

export interface LabelSavingsRow {
  readonly pretraining: string;
  /** In the order of the curve's transfers; undefined where it cannot be told. */
  readonly cells: readonly (LabelSaving | undefined)[];
}

type Curves = Pick<LabelCurvesView, 'transfers' | 'metric'>;

/** Undefined where there is nothing to compare. */
export function createLabelSavings(run: JoinedRun, { transfers, metric }: Curves): LabelSavingsView | undefined {
  const baseline = run.reference() ?? run.pretrainings[0];
  if (baseline === undefined) return undefined;
  const sign = metricKind(metric).isLowerBetter ? -1 : 1;
  const pointsOf = (pretraining: string, transfer: string): Map<number, LabelPoint> =>
    new Map(
      run.measured(pretraining, transfer).flatMap(({ seed, result }) => {
        const { trainImages, headline } = result;
        return trainImages > 0 ? [[seed, { labels: trainImages, score: sign * headline.value }] as const] : [];
      }),
    );
  const base = transfers.map((transfer) => pointsOf(baseline, transfer));
  const rows = run.pretrainings.flatMap((pretraining) => {
    if (pretraining === baseline) return [];
    const cells = transfers.map((transfer) => {
      const pairs = [...pointsOf(pretraining, transfer)].flatMap(([seed, point]) => {
        const curve = base.flatMap((bySeed) => bySeed.get(seed) ?? []).sort((a, b) => a.labels - b.labels);
        // One point is no curve.
        return curve.length > 1 ? [{ point, baseline: curve }] : [];
      });
      return labelSaving(pairs);
    });
    return cells.some((cell) => cell !== undefined) ? [{ pretraining, cells }] : [];
  });
  return rows.length > 0 ? { baseline, rows } : undefined;
}

/** `4.2× (3.1 to 5.6)`, `≥ 8.0×`. */
export function formatSaving({ factor, low, high, bound }: LabelSaving): string {
  const sign = bound === undefined ? '' : bound === 'atLeast' ? '≥ ' : '≤ ';
  const interval = low === undefined || high === undefined ? '' : ` (${formatFactor(low)} to ${formatFactor(high)})`;
  return `${sign}${formatFactor(factor)}×${interval}`;
}

/** What stands beside the figures. */
export function savingsNote({ baseline }: Pick<LabelSavingsView, 'baseline'>): string {
  return `How many times as many labels ${baseline} needs for the same score, read off its curve (linear in the logarithm of the labels); in brackets the 95 % interval over seeds. ≥ and ≤: its curve ends before.`;
}

/** One sentence for each curve that has an answer at its smallest budget. */
export function describeSavings(views: readonly LabelCurvesView[]): Finding[] {
  return views.flatMap(({ savings, transfers, images }) => {
    if (!savings) return [];
    const { baseline, rows } = savings;
    const told = rows.flatMap(({ pretraining, cells }) => {
      const saving = cells[0];
      return saving ? [{ pretraining, saving }] : [];
    });
    if (told.length === 0) return [];
    const sure = told.filter(({ saving }) => isSure(saving));
    const unsure = told.filter(({ saving }) => !isSure(saving)).map(({ pretraining }) => pretraining);
    const parts = [
      ...sure.map(({ pretraining, saving }) => `${pretraining} ${formatSaving(saving)}`),
      ...(unsure.length > 0 ? [`too few values or too close to tell: ${formatList(unsure)}`] : []),
    ];
    const labels = formatCount(Math.round(images[0]!));
    const sentence = `labels saved at ${labels} labels, as the factor that ${baseline} needs: ${parts.join('; ')}.`;
    return [{ transfer: transfers[0]!, sentence }];
  });
}

/** Several seeds, and an interval that leaves out 1, or a bound on one side of it. */
function isSure({ factor, low, high, bound, seeds }: LabelSaving): boolean {
  if (seeds < 2) return false;
  if (bound === 'atLeast') return factor > 1;
  if (bound === 'atMost') return factor < 1;
  return low !== undefined && high !== undefined && (low > 1 || high < 1);
}

function formatFactor(factor: number): string {
  return factor.toFixed(factor < 9.95 ? 1 : 0);
}
