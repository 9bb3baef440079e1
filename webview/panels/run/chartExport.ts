/** A chart as a file: with its title and legend, which on the panel stand outside of the drawing. */
import { select } from 'd3';
import { CURVE_HEIGHT, curveMargin, dashOf, type CurveChart, type DrawnLine } from '../../charts/curveChart';
import { seriesLook } from '../../charts/series';
import { appendPictureEntry } from '../../charts/seriesLegend';
import { renderPng, renderSvg } from '../../ui/picture';
import type { RunChannel } from './runChannel';

export interface ExportedChart {
  readonly chart: CurveChart;
  readonly name: string;
  readonly title: string;
  readonly lines: readonly DrawnLine[];
  readonly kind: 'svg' | 'png';
}

const ROW = 18;

export async function saveChart(
  { chart, name, title, lines, kind }: ExportedChart,
  channel: RunChannel,
): Promise<void> {
  const { svg } = chart;
  const width = Number(svg.getAttribute('width'));
  const height = CURVE_HEIGHT + ROW * (lines.length + 1) + 6;
  const box = svg.getAttribute('viewBox') ?? '';
  const legend = select(svg)
    .append('g')
    .attr('class', 'export-legend')
    .attr('transform', `translate(${curveMargin.left},${CURVE_HEIGHT + 12})`);
  legend.append('text').attr('class', 'export-title').attr('font-weight', 600).attr('dy', '0.3em').text(title);
  lines.forEach((line, i) => {
    const row = legend.append('g').attr('transform', `translate(0,${ROW * (i + 1)})`);
    appendPictureEntry(row.node()!, line.label, { ...seriesLook(line.colour), dash: dashOf(line) });
  });
  // Taller for a moment: the file is made of what the browser has laid out.
  svg.setAttribute('height', String(height));
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  try {
    if (kind === 'svg') channel.save({ name: `${name}.svg`, encoding: 'utf8', content: renderSvg(svg) });
    else channel.save({ name: `${name}.png`, encoding: 'base64', content: await renderPng(svg) });
  } finally {
    legend.remove();
    svg.setAttribute('height', String(CURVE_HEIGHT));
    svg.setAttribute('viewBox', box);
  }
}
