/** Rank correlations and detectors' errors where pictures are out of place: as LaTeX, CSV and lines of a terminal. */
import type { CsvField } from '../../shared/formats/csvText';
import { escapeLatex as escape, latexMaths as maths, latexTable } from '../../shared/formats/latexText';
import type { Correlation } from '../../shared/math/correlateRanks';
import { formatDifference, formatPercent } from '../../shared/views/formatNumbers';
import {
  errorBudgetMeaning,
  errorBudgetNote,
  type ErrorBudgetView,
  type ErrorCell,
} from '../../shared/views/report/errorBudgets';
import { describeScores, scoreNote, type ScoreView } from '../../shared/views/report/scoreCorrelations';
import type { TransferReport } from '../../shared/views/report/transferReport';
import { toOneLine, truncate } from '../progress/textWidth';
import { formatTable } from '../table';
import { wrapWords } from './wrapWords';

/** One table for each readoff, score view and error budget. */
export function comparisonsLatex(report: TransferReport): string[] {
  const { name, run, scores, readoffs, errorBudgets } = report;
  const captionOf = (text: string) => `${escape(name)}: ${escape(text)} (run ${escape(run)}).`;
  const correlations = readoffs.map(({ readoff, transfer, correlations: { spearman, kendall } }) => [
    escape(`${readoff.transfer} and ${transfer.transfer}`),
    ...[spearman, kendall].map(latexCorrelation),
  ]);
  const readoffTable = latexTable({
    caption: captionOf('rank correlations of readoffs with transfers'),
    head: ['', 'Spearman $\\rho$', 'Kendall $\\tau$'],
    rows: correlations,
  });
  return [
    ...(correlations.length > 0 ? [readoffTable] : []),
    ...scores.map((view) =>
      latexTable({
        caption: captionOf(describeScores(view)),
        head: ['Measure', 'Weighted Kendall $\\tau$', 'Spearman $\\rho$', ''],
        rows: view.rows.map(({ name: measure, correlations: { weighted, spearman }, verdict }) => [
          escape(measure),
          ...[weighted, spearman].map(latexCorrelation),
          escape(verdict),
        ]),
      }),
    ),
    ...errorBudgets.map((view) =>
      latexTable({
        caption: captionOf(`errors of ${view.transfer}. ${errorBudgetNote(view)}`),
        head: ['Pretraining', ...view.columns.map((column) => escape(column.name))],
        rows: view.rows.map(({ pretraining, cells }) => [escape(pretraining), ...cells.map(latexErrors)]),
      }),
    ),
  ];
}

/** `$0.83$ {\scriptsize ($0.20$ to $1.00$)}` */
function latexCorrelation({ value, interval }: Correlation): string {
  if (Number.isNaN(value)) return '--';
  const range = interval ? ` {\\scriptsize ($${interval.low.toFixed(2)}$ to $${interval.high.toFixed(2)}$)}` : '';
  return `$${value.toFixed(2)}$${range}`;
}

function latexErrors({ difference, ...value }: ErrorCell): string {
  const versus = difference ? ` {\\scriptsize ($${maths(formatDifference(difference))}$)}` : '';
  return `$${maths(formatPercent(value))}$${versus}`;
}

/** The header of the report's lines: a measure and its correlation in `metric`, the analysis with the transfer as `a~b`. */
export function correlationsCsv({ run, scores, readoffs }: TransferReport): CsvField[][] {
  const linesOf = (pair: string, layer: string, metric: string, points: number, correlation: Correlation) => {
    const place = [run, '', '', pair, 'rank-correlation', '', layer, '', ''];
    const { value, interval } = correlation;
    const numbers: [string, number][] = [
      [metric, value],
      ...(interval
        ? ([
            [`${metric}.low`, interval.low],
            [`${metric}.high`, interval.high],
          ] as [string, number][])
        : []),
    ];
    return numbers.map(([name, number]) => [...place, name, points, Number.isNaN(number) ? '' : number, '']);
  };
  return [
    ...readoffs.flatMap(({ readoff, transfer, correlations, points }) =>
      (['spearman', 'kendall'] as const).flatMap((kind) =>
        linesOf(`${readoff.transfer}~${transfer.transfer}`, '', kind, points.length, correlations[kind]),
      ),
    ),
    ...scores.flatMap(({ analysis, transfer, layer, points, rows }) =>
      rows.flatMap(({ metric, correlations }) =>
        (['weighted', 'spearman', 'kendall'] as const).flatMap((kind) =>
          linesOf(`${analysis}~${transfer}`, layer, `${metric}.${kind}`, points, correlations[kind]),
        ),
      ),
    ),
  ];
}

/** The report in a file has them all. */
const VIEWS_SHOWN = 4;

export function comparisonsTerminal({ scores, errorBudgets }: TransferReport, width: number): string[] {
  const more = scores.length - VIEWS_SHOWN;
  const noted = more > 0 ? `${scoreNote} ${more} more in the report.` : scoreNote;
  return [
    ...scores.slice(0, VIEWS_SHOWN).map(scoreLines),
    ...(scores.length > 0 ? [wrapWords(noted, width)] : []),
    ...errorBudgets.flatMap((view) => [errorLines(view), wrapWords(errorBudgetMeaning(view), width)]),
  ];
}

function scoreLines(view: ScoreView): string {
  const rows = view.rows.map(({ name, correlations: { weighted, spearman }, verdict }) => [
    name,
    ...[weighted, spearman].map(({ value }) => (Number.isNaN(value) ? '–' : value.toFixed(2))),
    verdict,
  ]);
  return `${toOneLine(describeScores(view))}\n${formatTable([['', 'weighted τ', 'Spearman ρ', ''], ...rows])}`;
}

function errorLines({ transfer, method, columns, rows }: ErrorBudgetView): string {
  const lines = rows.map(({ pretraining, cells }) => [
    truncate(toOneLine(pretraining), 24),
    ...cells.map(({ difference: _, ...value }) => formatPercent(value)),
  ]);
  const title = `${toOneLine(transfer)}, ${method === 'tide' ? 'TIDE' : 'Hoiem'}`;
  return `${title}\n${formatTable([['', ...columns.map(({ name }) => name)], ...lines])}`;
}
