/**
 * Reports as one HTML file that stands alone: no script, nothing fetched, light and dark, printable. Charts are the
 * panels' own, drawn once without a browser.
 */
import { judgeDifference } from '../../shared/views/report/compareSeeds';
import type { MeanInterval } from '../../shared/math/statistics';
import { formatTableCell, type AnalysisTable, type AnalysisView } from '../../shared/views/report/analysisViews';
import { describeTransfer, judgementMarks } from '../../shared/views/report/describeTransfer';
import {
  formatCount,
  formatDifference,
  formatPercent,
  formatSeconds,
  metricPlace,
} from '../../shared/views/formatNumbers';
import type { FurtherFigures } from '../../shared/views/report/furtherFigures';
import { formatMetric } from '../../shared/views/report/metrics';
import type { DepthView, ReportCell, TransferReport } from '../../shared/views/report/transferReport';
import { createDepthChart } from '../../../webview/charts/depthChart';
import { createSeriesLegend } from '../../../webview/charts/seriesLegend';
import { createCostTable } from './costTable';
import { drawOnce } from './drawOnce';
import { renderComparisons } from './htmlComparisons';
import { reportStyle } from './htmlStyle';
import { markup, type Markup } from './markup';
import { paperTablesHtml } from './paperTables';
import { boldNote, describeScope, intervalNote, reproductionFacts } from './wording';

const chartSize = { width: 540, height: 330 };

/** `picturesOf`: the section with the pictures of a run, which are not part of the report's numbers. */
export function renderHtml(
  reports: readonly TransferReport[],
  picturesOf: (run: string) => Markup | false = () => false,
): string {
  const parts = reports.map((report) => ({ report, pictures: picturesOf(report.run) }));
  const images = parts.some(({ pictures }) => pictures !== false) ? '; img-src data:' : '';
  const title = reports.map(({ run }) => run).join(', ');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${images}">
<title>${title} · Transferscope</title>
<style>${{ html: reportStyle }}</style>
</head>
<body>
<main>
${parts.map(({ report, pictures }) => renderOne(report, pictures))}
</main>
</body>
</html>
`;
  return page.html;
}

function renderOne(report: TransferReport, pictures: Markup | false): Markup {
  return markup`<article class="${report.seeds.length < 2 ? 'one-seed' : 'seeds'}">
<header>
<p class="kind">Transfer report</p>
<h1>${report.name}</h1>
${report.about !== undefined && markup`<p class="about">${report.about}</p>`}
<p class="scope">${describeScope(report)}</p>
</header>
${report.columns.length === 0 ? markup`<p>No transfer has been measured.</p>` : renderResults(report)}
${paperTablesHtml(report.tables)}
${report.analyses.length > 0 && renderAnalyses(report.analyses)}
${pictures}
${renderMakings(report)}
${renderCosts(report)}
${renderNotes(report.notes)}
${renderReproduction(report)}
</article>
`;
}

function renderResults(report: TransferReport): Markup {
  return markup`<section>
<h2>Findings</h2>
<ul class="findings">${report.findings.map(({ transfer, sentence }) => markup`<li><b>${transfer}</b> ${sentence}</li>`)}</ul>
</section>
<section>
<h2>Transfer by pretraining</h2>
<div class="scroll">${renderMainTable(report)}</div>
<p class="note">${intervalNote(report)}${boldNote(report)}</p>
<dl class="measured">${report.columns.map((column) => markup`<dt>${column.transfer}</dt><dd>${describeTransfer(column)}</dd>`)}</dl>
${report.further.map(renderFurther)}
</section>
${report.depths.length > 0 && renderDepths(report)}
${renderComparisons(report, report.depths.length === 0 && renderLegend(report))}`;
}

function renderFurther({ transfer, columns, rows }: FurtherFigures): Markup {
  const heads = columns.map(({ name }) => markup`<th scope="col">${name}</th>`);
  const body = rows.map(({ pretraining, cells }) => {
    const figures = cells.map((cell, c) =>
      cell ? markup`<td>${aligned(formatMetric(columns[c]!.metric, cell))}</td>` : markup`<td class="missing">–</td>`,
    );
    return markup`<tr><th scope="row">${pretraining}</th>${figures}</tr>`;
  });
  return markup`<div class="scroll"><table><caption>${transfer}: further figures</caption><thead><tr><td></td>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function renderDepths(report: TransferReport): Markup {
  return markup`<section>
<h2>By depth</h2>
<p class="note">Mean, with its 95 % interval as a band. Where all scores are high, the vertical axis does not start at 0.</p>
${renderLegend(report)}
<div class="charts">${report.depths.map(renderDepth)}</div>
</section>`;
}

/** Imported rows are in no chart, and their looks are those of their own run. */
function renderLegend({ rows, imported }: TransferReport): Markup {
  const drawn = rows.filter(({ isImported }) => !isImported || imported);
  const entries = drawn.map(({ pretraining, look }) => ({ name: pretraining, look }));
  return drawOnce((container) => createSeriesLegend(container).update(entries));
}

function renderMainTable(report: TransferReport): Markup {
  const heads = report.columns.map(({ transfer, metric, layer }) => {
    return markup`<th scope="col">${transfer}<small>${metricPlace({ metric, layer })}</small></th>`;
  });
  const rows = report.rows.map(({ pretraining, origin, cells }) => {
    const head = markup`<th scope="row">${pretraining}<small>${origin}</small></th>`;
    return markup`<tr>${head}${cells.map((cell) => renderCell(cell, report.seeds.length))}</tr>`;
  });
  return markup`<table><thead><tr><th scope="col">pretraining</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

function renderCell(cell: ReportCell | undefined, seeds: number): Markup {
  if (!cell) return markup`<td class="missing">–</td>`;
  const values = cell.values.map(({ seed, value }) => `seed ${seed}: ${(100 * value).toFixed(2)} %`).join(', ');
  const few = cell.n !== seeds && markup`<small>n = ${String(cell.n)}</small> `;
  return markup`<td title="${values}"><span class="${cell.best ? 'value best' : 'value'}">${few}${aligned(formatPercent(cell))}</span>${renderDifference(cell)}</td>`;
}

function renderDifference({ versusReference }: ReportCell): Markup | false {
  if (!versusReference) return false;
  const verdict = judgeDifference(versusReference);
  const { n, pValue, adjustedP } = versusReference;
  const detail = `Δ over ${n} shared seeds${pValue === undefined ? '' : `, p = ${pValue.toPrecision(2)}`}${adjustedP === undefined ? '' : `, corrected ${adjustedP.toPrecision(2)}`}`;
  const mark = markup`<span class="verdict">${judgementMarks[verdict]}</span>`;
  return markup`<span class="difference ${verdict}" title="${detail}">${mark}${aligned(formatDifference(versusReference))}</span>`;
}

/** Gives the interval a fixed width, so that means stand under each other. */
function aligned(text: string): Markup {
  const [mean = '', interval] = text.split(' ± ');
  return markup`${mean}<span class="interval">${interval === undefined ? '' : ` ± ${interval}`}</span>`;
}

function renderDepth(view: DepthView): Markup {
  const drawing = drawOnce((container) => createDepthChart(container, chartSize).update(view));
  return markup`<figure><figcaption>${view.transfer} <small>${view.task} on ${view.data}</small></figcaption>
${drawing}
<details><summary>Numbers by layer</summary><div class="scroll">${renderDepthTable(view)}</div></details></figure>`;
}

/** Layers down, because there are more of them than pretrainings. */
function renderDepthTable({ layers, series }: DepthView): Markup {
  const heads = series.map(({ pretraining }) => markup`<th scope="col">${pretraining}</th>`);
  const rows = layers.map(({ layer, dimension }, i) => {
    const cells = series.map(({ points }) => markup`<td>${points[i] ? aligned(formatPercent(points[i])) : '–'}</td>`);
    return markup`<tr><th scope="row">${layer}</th><td>${formatCount(dimension)}</td>${cells}</tr>`;
  });
  return markup`<table><thead><tr><th scope="col">layer</th><th scope="col">features</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

function renderAnalyses(analyses: readonly AnalysisView[]): Markup {
  return markup`<section>
<h2>Analyses</h2>
${analyses.map(renderAnalysis)}
</section>`;
}

function renderAnalysis({ analysis, source, reading, tables, notes }: AnalysisView): Markup {
  return markup`<h3>${analysis} <small>${source}</small></h3>
<p class="note">${reading}</p>
${tables.map(renderAnalysisTable)}
${notes.length > 0 && markup`<ul class="notes">${notes.map((note) => markup`<li>${note}</li>`)}</ul>`}`;
}

/** Likenesses of layers, which lie in 0..1, are shaded by their value. */
function renderAnalysisTable(table: AnalysisTable): Markup {
  const { title, pair, columns, rows } = table;
  const cellOf = (cell: MeanInterval | undefined): Markup => {
    if (!cell) return markup`<td class="missing">–</td>`;
    const share = Math.round(100 * Math.min(1, Math.max(0, cell.mean)));
    return pair
      ? markup`<td class="shaded" style="--share: ${String(share)}%">${aligned(formatTableCell(table, cell))}</td>`
      : markup`<td>${aligned(formatTableCell(table, cell))}</td>`;
  };
  const heads = columns.map((column) => markup`<th scope="col">${column}</th>`);
  const body = rows.map(({ name, cells }) => markup`<tr><th scope="row">${name}</th>${cells.map(cellOf)}</tr>`);
  return markup`<div class="scroll"><table><caption>${title}</caption><thead><tr><td></td>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function renderMakings({ makings }: TransferReport): Markup | false {
  if (makings.length === 0) return false;
  const rows = makings.map(({ pretraining, origin, parameters, seconds, digests }) => {
    const short = digests.map(
      ({ seed, digest }) => markup`<code title="seed ${String(seed)}: ${digest}">${digest.slice(0, 8)}</code> `,
    );
    const [count, time] = digests.length === 0 ? ['–', '–'] : [formatCount(parameters), formatSeconds(seconds)];
    return markup`<tr><th scope="row">${pretraining}</th><td class="words">${origin}</td><td>${count}</td><td>${time}</td><td class="digests">${short}</td></tr>`;
  });
  const heads = ['pretraining', 'weights', 'parameters', 'time per seed', 'SHA-256 by seed'];
  return markup`<section>
<h2>How the pretrainings were made</h2>
<div class="scroll"><table class="makings"><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
</section>`;
}

function renderCosts(report: TransferReport): Markup | false {
  const costs = createCostTable(report);
  if (!costs) return false;
  const heads = costs.head.map((head) => markup`<th scope="col">${head}</th>`);
  const rows = costs.rows.map(
    ({ pretraining, cells }) =>
      markup`<tr><th scope="row">${pretraining}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  );
  return markup`<section>
<h2>What it cost</h2>
<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>
<p class="note">${costs.note}</p>
</section>`;
}

function renderNotes(notes: readonly string[]): Markup | false {
  if (notes.length === 0) return false;
  return markup`<section><h2>Notes</h2><ul class="notes">${notes.map((note) => markup`<li>${note}</li>`)}</ul></section>`;
}

function renderReproduction(report: TransferReport): Markup {
  const facts = reproductionFacts(report).map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return markup`<footer>
<h2>Reproduce</h2>
<pre><code>${report.provenance.command}</code></pre>
<p class="note">The experiment as it was launched is experiment.yaml in the run folder.</p>
<dl class="facts">${facts}</dl>
</footer>`;
}
