/**
 * Reports as one HTML file that stands alone: no script, nothing fetched, light and dark, printable. Charts are the
 * panels' own, drawn once without a browser.
 */
import { parseHTML } from 'linkedom';
import type { DepthView, ReportCell, TransferReport } from '../../shared/views/transferReport';
import { formatDifference, formatPercent, judgeDifference, metricName } from '../../shared/views/formatNumbers';
import { createDepthChart } from '../../../webview/charts/depthChart';
import { reportStyle } from './htmlStyle';
import { intervalNote, judgementMarks } from './markdown';

export function renderHtml(reports: readonly TransferReport[]): string {
  const title = reports.map((report) => report.run).join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)} · Transferscope</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${reports.map(renderOne).join('\n<hr>\n')}
</main>
</body>
</html>
`;
}

function renderOne(report: TransferReport): string {
  return `<header>
<h1>${escape(report.name)}</h1>
${report.about === undefined ? '' : `<p class="about">${escape(report.about)}</p>`}
${renderFacts(report)}
</header>
<section>
<h2>Transfer by pretraining</h2>
<p class="note">${escape(intervalNote(report))}</p>
<div class="scroll">${renderMainTable(report)}</div>
</section>
<section>
<h2>By depth</h2>
<div class="charts">${report.depths.map(renderDepth).join('\n')}</div>
</section>
${renderNotes(report.notes)}`;
}

function renderFacts(report: TransferReport): string {
  const facts: [string, string][] = [
    ['Run', `${report.run} (${report.state})`],
    ['Started', report.createdAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['Runtime', report.runtime],
    ['Seeds', report.seeds.join(', ')],
  ];
  return `<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escape(value)}</dd></div>`).join('')}</dl>`;
}

function renderMainTable(report: TransferReport): string {
  const span = report.reference === undefined ? 1 : 2;
  const heads = report.columns.map(({ transfer, metric, layer, data, trainImages, testImages, chance }) => {
    const detail = `${data}: ${trainImages.toLocaleString('en')} train, ${testImages.toLocaleString('en')} test images${chance === undefined ? '' : `; guessing ${(100 * chance).toFixed(1)} %`}`;
    return `<th scope="col" colspan="${span}"><span title="${escape(detail)}">${escape(transfer)}</span><small>${escape(metricName(metric))} at ${escape(layer)}<br>${escape(detail)}</small></th>`;
  });
  const rows = report.rows.map((row) => {
    const cells = row.cells.map((cell) => renderCell(cell, span === 2)).join('');
    return `<tr><th scope="row">${escape(row.pretraining)}<small>${escape(row.origin)}</small></th>${cells}</tr>`;
  });
  return `<table><thead><tr><th scope="col">pretraining</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function renderCell(cell: ReportCell | undefined, withDifference: boolean): string {
  if (!cell) return `<td colspan="${withDifference ? 2 : 1}">–</td>`;
  const seeds = cell.values.map(({ seed, value }) => `seed ${seed}: ${(100 * value).toFixed(2)} %`).join(', ');
  const value = `<td class="${cell.best ? 'best' : ''}" title="${escape(seeds)}">${formatPercent(cell)}</td>`;
  if (!withDifference) return value;
  const versus = cell.versusReference;
  if (!versus) return `${value}<td class="difference">–</td>`;
  const verdict = judgeDifference(versus);
  const p = versus.pValue === undefined ? '' : `, p = ${versus.pValue.toPrecision(2)}`;
  return `${value}<td class="difference ${verdict}" title="difference, n = ${versus.n}${p}">${formatDifference(versus)} ${judgementMarks[verdict]}</td>`;
}

function renderDepth(view: DepthView): string {
  const { document } = parseHTML('<div id="chart"></div>');
  const container = document.getElementById('chart');
  if (!container) throw new Error('internal: no chart container');
  createDepthChart(container as unknown as Element, { width: 560, height: 330 }).update(view);
  return `<figure><figcaption>${escape(view.transfer)} <small>${escape(view.task)} on ${escape(view.data)}</small></figcaption>${container.innerHTML}</figure>`;
}

function renderNotes(notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return `<section><h2>Notes</h2><ul>${notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul></section>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
