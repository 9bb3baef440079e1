/** The values of all lines at the step under the pointer, in a box that takes no pointer itself. */
import { select } from 'd3';
import type { CurveFormat } from '../../../src/shared/views/run/thinnedCurve';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { dashOf, nearest, type CurveMark, type DrawnLine } from '../../charts/curveChart';
import { formatValue } from '../../charts/curveScales';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { element } from '../../ui/element';

export interface ReadingView {
  readonly step: number;
  readonly format: CurveFormat;
  readonly lines: readonly DrawnLine[];
  readonly marks: readonly CurveMark[];
  readonly perEpoch: number | undefined;
}

export interface Reading {
  readonly element: HTMLElement;
  show(view: ReadingView): void;
  /** Beside the reading line; px from the chart's left edge. */
  place(px: number, width: number): void;
  hide(): void;
  text(): string;
}

interface Row {
  readonly line: DrawnLine;
  readonly words: string;
}

/** px; of the marker, px². */
const swatch = { width: 22, height: 12, mark: 30 };

export function createReading(): Reading {
  const head = element('div', { class: 'reading-head' });
  const marks = element('div', { class: 'reading-marks' });
  const rows = element('div', { class: 'reading-rows' });
  const box = element('div', { class: 'reading-box', 'aria-hidden': 'true', hidden: true }, head, rows, marks);
  let said = '';
  return {
    element: box,
    show: ({ step, format, lines, marks: here, perEpoch }) => {
      const epoch = perEpoch === undefined ? '' : ` · epoch ${(step / perEpoch).toFixed(2)}`;
      head.textContent = `step ${formatCount(Math.round(step))}${epoch}`;
      marks.textContent = here.map(({ text }) => text).join('; ');
      marks.hidden = here.length === 0;
      const values = lines.flatMap((line) => wordsAt(line, step, format));
      drawRows(rows, values);
      box.hidden = false;
      said = [head.textContent, ...values.map(({ line, words }) => `${line.label} ${words}`), marks.textContent]
        .filter((part) => part !== '')
        .join(', ');
    },
    place: (px, width) => {
      const isLeft = px > width / 2;
      box.style.maxWidth = `${Math.round(Math.max(isLeft ? px : width - px, width / 2) - 16)}px`;
      box.style.left = isLeft ? '' : `${Math.round(px + 12)}px`;
      box.style.right = isLeft ? `${Math.round(width - px + 12)}px` : '';
    },
    hide: () => void (box.hidden = true),
    text: () => said,
  };
}

/** The smoothed value, and the logged one behind it. */
function wordsAt(line: DrawnLine, step: number, format: CurveFormat): Row[] {
  const { raw, smooth } = line;
  const logged = raw.y[nearest(raw.x, step)];
  if (logged === undefined) return [];
  const value = formatValue(logged, format);
  const smoothed = smooth?.y[nearest(smooth.x, step)];
  return [{ line, words: smoothed === undefined ? value : `${formatValue(smoothed, format)} (${value})` }];
}

function drawRows(list: HTMLElement, values: readonly Row[]): void {
  const rows = select(list)
    .selectAll<HTMLElement, Row>('div')
    .data(values, ({ line }) => line.id);
  const merged = rows.join((enter) => {
    const row = enter.append('div');
    row.append('svg');
    row.append('span').attr('class', 'who');
    row.append('span').attr('class', 'value');
    return row;
  });
  drawSwatch(merged, ({ line }) => ({ ...seriesLook(line.colour), dash: dashOf(line) }), swatch);
  merged.select('.who').text(({ line }) => line.label);
  merged.select('.value').text(({ words }) => words);
}
