/** Parts of the HTML report that set transfers against each other: readoff scatters, label curves, episodes. */
import type { PairedDifference } from '../../shared/math/statistics';
import { formatCount, formatDifference, formatPercent } from '../../shared/views/formatNumbers';
import { judgementMarks } from '../../shared/views/report/describeTransfer';
import { judgeDifference } from '../../shared/views/report/compareSeeds';
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
import type { ReadoffView } from '../../shared/views/report/readoffView';
import { describeScores, scoreNote, type ScoreView } from '../../shared/views/report/scoreCorrelations';
import { describeSweepCell, seedsOf, sweepNote, type SweepView } from '../../shared/views/report/sweepViews';
import { trainingCurvesNote, type TrainingCurvesView } from '../../shared/views/report/trainingCurves';
import type { TransferReport } from '../../shared/views/report/transferReport';
import { createCountCurveChart, type CountCurves } from '../../../webview/charts/countCurveChart';
import { createScatterChart } from '../../../webview/charts/scatterChart';
import { drawOnce } from './drawOnce';
import { markup, type Markup } from './markup';

const chartSize = { width: 540, height: 330 };

/** `legend`: which look belongs to which pretraining, where it has not been said above. */
export function renderComparisons(report: TransferReport, legend: Markup | false): Markup {
  const { readoffs, scores, labelCurves, trainingCurves, sweeps, episodes, errorBudgets } = report;
  return markup`${readoffs.length > 0 && section('Readoff against transfer', correlationNote, [...(legend ? [legend] : []), charts(readoffs.map(renderReadoff))])}
${scores.length > 0 && section('Which measure foretells which transfer?', scoreNote, scores.map(renderScores))}
${labelCurves.length > 0 && section('Accuracy against labels', 'Mean with its 95 % interval over seeds; a smaller budget is a part of a larger one.', [...(legend ? [legend] : []), charts(labelCurves.map(renderCurves)), ...labelCurves.flatMap(renderSavings)])}
${trainingCurves.length > 0 && section('Accuracy over training', trainingCurvesNote, [...(legend ? [legend] : []), charts(trainingCurves.map(renderTraining))])}
${sweeps.length > 0 && section('Sweeps', sweepNote, sweeps.map(renderSweep))}
${episodes.length > 0 && section('Few-shot, episode by episode', episodeNote, episodes.map(renderEpisodes))}
${errorBudgets.length > 0 && markup`<section><h2>Which errors detectors make</h2>${errorBudgets.map(renderErrors)}</section>`}`;
}

function section(title: string, note: string, parts: readonly Markup[]): Markup {
  return markup`<section><h2>${title}</h2><p class="note">${note}</p>${parts}</section>`;
}

function charts(figures: readonly Markup[]): Markup {
  return markup`<div class="charts">${figures}</div>`;
}

function renderReadoff(view: ReadoffView): Markup {
  const drawing = drawOnce((container) => createScatterChart(container, chartSize).update(view));
  return markup`<figure><figcaption>${view.transfer.transfer} <small>against ${view.readoff.transfer}</small></figcaption>
${drawing}
<p class="note">${describeCorrelations(view)}.</p></figure>`;
}

function renderScores(view: ScoreView): Markup {
  const rows = view.rows.map(({ name, correlations, verdict }) => {
    const cells = [correlations.weighted, correlations.spearman].map(
      (one) => markup`<td>${formatCorrelation(one)}</td>`,
    );
    return markup`<tr><th scope="row">${name}</th>${cells}<td>${verdict}</td></tr>`;
  });
  return markup`<div class="scroll"><table><caption>${describeScores(view)}</caption><thead><tr><th scope="col">measure</th><th scope="col">weighted Kendall τ</th><th scope="col">Spearman ρ</th><th scope="col">verdict</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function renderCurves(view: LabelCurvesView): Markup {
  const drawing = drawCurves({
    ...{ subject: `${view.task} on ${view.data}`, counted: 'labelled images', scale: 'logarithmic' },
    ...{ metric: view.metric, chance: view.chance },
    series: view.series.map(({ pretraining, look, points }) => ({
      ...{ pretraining, look },
      points: points.flatMap((point, i) => (point ? { ...point, count: view.images[i]! } : [])),
    })),
  });
  const heads = view.images.map((images) => markup`<th scope="col">${formatCount(Math.round(images))}</th>`);
  const rows = view.series.map(({ pretraining, points }) => {
    const cells = points.map((point) => markup`<td>${point ? formatMetric(view.metric, point) : '–'}</td>`);
    return markup`<tr><th scope="row">${pretraining}</th>${cells}</tr>`;
  });
  return markup`<figure><figcaption>${view.task} on ${view.data} <small>${view.transfers.join(', ')}</small></figcaption>
${drawing}
<details><summary>Numbers by labels</summary><div class="scroll"><table><thead><tr><th scope="col">labelled images</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></details></figure>`;
}

function renderTraining({ transfer, task, data, metric, chance, series }: TrainingCurvesView): Markup {
  const drawing = drawCurves({
    ...{ subject: `${task} on ${data}`, counted: 'steps', scale: 'linear', metric, chance },
    series: series.map((curve) => ({
      ...curve,
      points: curve.points.map((point) => ({ ...point, count: point.steps })),
    })),
  });
  const rows = series.flatMap(({ pretraining, points }) =>
    points.map(
      (point) =>
        markup`<tr><th scope="row">${pretraining}</th><td>${formatCount(point.steps)}</td><td>${formatMetric(metric, point)}</td><td>${point.pretraining}</td></tr>`,
    ),
  );
  return markup`<figure><figcaption>${transfer} <small>${task} on ${data}</small></figcaption>
${drawing}
<details><summary>Numbers by step</summary><div class="scroll"><table><thead><tr><th scope="col">training</th><th scope="col">steps</th><th scope="col">${metricTitle(metric)}</th><th scope="col">pretraining</th></tr></thead><tbody>${rows}</tbody></table></div></details></figure>`;
}

function drawCurves(curves: CountCurves): Markup {
  return drawOnce((container) => createCountCurveChart(container, chartSize).update(curves));
}

function renderDifference(difference: PairedDifference): Markup {
  const verdict = judgeDifference(difference);
  return markup`<span class="${verdict}"><span class="verdict">${judgementMarks[verdict]}</span>${formatDifference(difference)}</span>`;
}

function renderSavings({ savings, images, task, data }: LabelCurvesView): Markup[] {
  if (!savings) return [];
  const heads = images.map((count) => markup`<th scope="col">${formatCount(Math.round(count))} labels</th>`);
  const rows = savings.rows.map(
    ({ pretraining, cells }) =>
      markup`<tr><th scope="row">${pretraining}</th>${cells.map((cell) => markup`<td>${cell ? formatSaving(cell) : '–'}</td>`)}</tr>`,
  );
  return [
    markup`<div class="scroll"><table><caption>Labels saved, ${task} on ${data}</caption><thead><tr><th scope="col">pretraining</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div><p class="note">${savingsNote(savings)}</p>`,
  ];
}

function renderSweep({ transfer, layer, setting, values, rows }: SweepView): Markup {
  const heads = values.map((value) => markup`<th scope="col">${String(value)}</th>`);
  const lines = rows.map((row) => {
    const cells = row.cells.map((cell) => {
      const text = describeSweepCell(cell, seedsOf(row));
      return cell.chosen > 0 ? markup`<td><b>${text}</b></td>` : markup`<td>${text}</td>`;
    });
    return markup`<tr><th scope="row">${row.pretraining}</th>${cells}</tr>`;
  });
  return markup`<div class="scroll"><table><caption>${transfer} at ${layer}</caption><thead><tr><th scope="col">${setting}</th>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

function renderEpisodes({ transfer, ways, shots, against, rows }: EpisodeComparison): Markup {
  const lines = rows.map(({ pretraining, accuracy, difference }) => {
    const cell = difference ? renderDifference(difference) : markup`–`;
    return markup`<tr><th scope="row">${pretraining}</th><td>${formatPercent(accuracy)}</td><td>${formatCount(accuracy.n)}</td><td>${cell}</td></tr>`;
  });
  return markup`<div class="scroll"><table><caption>${transfer}: ${String(ways)} ways, ${String(shots)} ${shots === 1 ? 'shot' : 'shots'}</caption><thead><tr><th scope="col">pretraining</th><th scope="col">accuracy (%)</th><th scope="col">episodes</th><th scope="col">difference to ${against}</th></tr></thead><tbody>${lines}</tbody></table></div>`;
}

function renderErrors(view: ErrorBudgetView): Markup {
  const { transfer, columns, rows } = view;
  const lines = rows.map(({ pretraining, cells }) => {
    const values = cells.map(
      ({ difference, ...value }) =>
        markup`<td>${formatPercent(value)}${difference !== undefined && markup`<br>${renderDifference(difference)}`}</td>`,
    );
    return markup`<tr><th scope="row">${pretraining}</th>${values}</tr>`;
  });
  const heads = columns.map(({ name }) => markup`<th scope="col">${name}</th>`);
  return markup`<div class="scroll"><table><caption>${transfer}</caption><thead><tr><th scope="col">pretraining</th>${heads}</tr></thead><tbody>${lines}</tbody></table></div>
<p class="note">${errorBudgetNote(view)}</p>`;
}
