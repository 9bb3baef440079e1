/** Parts of the Markdown report that set transfers against each other. */
import { escapeMarkdown as escape, markdownTable as table } from '../../shared/formats/markdownText';
import { formatCount, formatDifference, formatPercent } from '../../shared/views/formatNumbers';
import { judgeDifference } from '../../shared/views/report/compareSeeds';
import { judgementMarks } from '../../shared/views/report/describeTransfer';
import type { EpisodeComparison } from '../../shared/views/report/episodeComparison';
import { errorBudgetNote, type ErrorBudgetView } from '../../shared/views/report/errorBudgets';
import {
  correlationNote,
  describeCorrelations,
  episodeNote,
  formatCorrelation,
} from '../../shared/views/report/extraWords';
import type { LabelCurvesView } from '../../shared/views/report/labelCurves';
import { formatMetric, metricTitle } from '../../shared/views/report/metrics';
import { formatSaving, savingsNote } from '../../shared/views/report/labelSavings';
import { describeScores, scoreNote, type ScoreView } from '../../shared/views/report/scoreCorrelations';
import { describeSweepCell, seedsOf, sweepNote, type SweepView } from '../../shared/views/report/sweepViews';
import { trainingCurvesNote, type TrainingCurvesView } from '../../shared/views/report/trainingCurves';
import type { TransferReport } from '../../shared/views/report/transferReport';

/** Paragraphs; none where nothing can be compared. */
export function renderComparisons({
  readoffs,
  scores,
  labelCurves,
  trainingCurves,
  sweeps,
  episodes,
  errorBudgets,
}: TransferReport): string[] {
  const lines = readoffs.map(
    (view) =>
      `- ${escape(`${view.transfer.transfer} against ${view.readoff.transfer}: ${describeCorrelations(view)}`)}`,
  );
  return [
    ...(lines.length > 0 ? ['## Readoff against transfer', lines.join('\n'), correlationNote] : []),
    ...(scores.length > 0
      ? ['## Which measure foretells which transfer?', ...scores.flatMap(scoreTable), scoreNote]
      : []),
    ...(labelCurves.length > 0
      ? ['## Accuracy against labels', ...labelCurves.flatMap((view) => [curveTable(view), ...savingsTable(view)])]
      : []),
    ...(trainingCurves.length > 0
      ? ['## Accuracy over training', ...trainingCurves.map(trainingTable), trainingCurvesNote]
      : []),
    ...(sweeps.length > 0 ? ['## Sweeps', ...sweeps.map(sweepTable), sweepNote] : []),
    ...(episodes.length > 0 ? ['## Few-shot, episode by episode', ...episodes.map(episodeTable), episodeNote] : []),
    ...(errorBudgets.length > 0
      ? [
          '## Which errors detectors make',
          ...errorBudgets.flatMap((view) => [errorTable(view), escape(errorBudgetNote(view))]),
        ]
      : []),
  ];
}

function scoreTable(view: ScoreView): string[] {
  const rows = view.rows.map(({ name, correlations, verdict }) => [
    escape(name),
    formatCorrelation(correlations.weighted),
    formatCorrelation(correlations.spearman),
    verdict,
  ]);
  const head = [escape(describeScores(view)), 'weighted Kendall τ', 'Spearman ρ', 'verdict'];
  return [table({ head, rows, words: 1 })];
}

function curveTable({ task, data, metric, images, series }: LabelCurvesView): string {
  const head = [
    escape(`${task} on ${data}, labelled images`),
    ...images.map((count) => formatCount(Math.round(count))),
  ];
  const rows = series.map(({ pretraining, points }) => [
    escape(pretraining),
    ...points.map((point) => (point ? formatMetric(metric, point) : '–')),
  ]);
  return table({ head, rows, words: 1 });
}

function trainingTable({ transfer, metric, series }: TrainingCurvesView): string {
  const head = [escape(transfer), 'steps', metricTitle(metric), 'pretraining'];
  const rows = series.flatMap(({ pretraining, points }) =>
    points.map((point) => [
      escape(pretraining),
      formatCount(point.steps),
      formatMetric(metric, point),
      escape(point.pretraining),
    ]),
  );
  return table({ head, rows, words: 1 });
}

function savingsTable({ savings, images }: LabelCurvesView): string[] {
  if (!savings) return [];
  const head = ['labels saved at', ...images.map((count) => formatCount(Math.round(count)))];
  const rows = savings.rows.map(({ pretraining, cells }) => [
    escape(pretraining),
    ...cells.map((cell) => (cell ? formatSaving(cell) : '–')),
  ]);
  return [table({ head, rows, words: 1 }), escape(savingsNote(savings))];
}

function sweepTable({ transfer, layer, setting, values, rows }: SweepView): string {
  const head = [escape(`${transfer} at ${layer}, ${setting}`), ...values.map(String)];
  const lines = rows.map((row) => [
    escape(row.pretraining),
    ...row.cells.map((cell) => describeSweepCell(cell, seedsOf(row))),
  ]);
  return table({ head, rows: lines, words: 1 });
}

function episodeTable({ transfer, ways, shots, against, rows }: EpisodeComparison): string {
  const head = [
    escape(`${transfer}: ${ways} ways, ${shots} ${shots === 1 ? 'shot' : 'shots'}`),
    'accuracy (%)',
    'episodes',
    escape(`difference to ${against}`),
  ];
  const lines = rows.map(({ pretraining, accuracy, difference }) => [
    escape(pretraining),
    formatPercent(accuracy),
    formatCount(accuracy.n),
    difference ? `${formatDifference(difference)} ${judgementMarks[judgeDifference(difference)]}` : '–',
  ]);
  return table({ head, rows: lines, words: 1 });
}

function errorTable({ transfer, columns, rows }: ErrorBudgetView): string {
  const head = [escape(transfer), ...columns.map(({ name }) => escape(name))];
  const lines = rows.map(({ pretraining, cells }) => [
    escape(pretraining),
    ...cells.map(({ difference, ...value }) => {
      const versus = difference
        ? ` (${formatDifference(difference)} ${judgementMarks[judgeDifference(difference)]})`
        : '';
      return `${formatPercent(value)}${versus}`;
    }),
  ]);
  return table({ head, rows: lines, words: 1 });
}
