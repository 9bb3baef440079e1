/** The end of a run in the terminal: the paper-style table, and the accuracy-by-depth picture in characters. */
import type { DepthView, TransferReport } from '../../shared/views/transferReport';
import { formatDifference, formatPercent, judgeDifference, metricName } from '../../shared/views/formatNumbers';
import { formatTable } from '../table';
import { loadReport } from './loadReports';
import { intervalNote, judgementMarks } from './markdown';

const PICTURE_ROWS = 10;

/** Everything a reader wants to see without leaving the terminal; `columns` is the terminal's width. */
export function terminalReport(out: string, run: string, columns = 100): string {
  const report = loadReport(out, run);
  if (report.columns.length === 0) return 'No transfer has been measured.';
  const pictures = report.depths.map((view) => depthPicture(view, columns));
  return [mainTable(report), intervalNote(report), ...pictures, ...report.notes.map((note) => `note: ${note}`)].join('\n\n');
}

function mainTable(report: TransferReport): string {
  const head = ['', ...report.columns.flatMap((column) => [column.transfer, ...(report.reference ? [''] : [])])];
  const detail = ['', ...report.columns.flatMap((c) => [`${metricName(c.metric)}, ${c.layer}`, ...(report.reference ? [''] : [])])];
  const rows = report.rows.map((row) => [
    row.pretraining,
    ...row.cells.flatMap((cell) => {
      const value = cell ? formatPercent(cell) : '–';
      if (!report.reference) return [value];
      const versus = cell?.versusReference;
      return [value, versus ? `Δ ${formatDifference(versus)} ${judgementMarks[judgeDifference(versus)]}` : ''];
    }),
  ]);
  return formatTable([head, detail, ...rows]);
}

/** One letter per pretraining at the height of its mean; `*` where several fall into the same place. */
export function depthPicture(view: DepthView, columns: number): string {
  const means = view.series.flatMap(({ points }) => points.flatMap((point) => (point ? [point.mean] : [])));
  if (means.length === 0) return `${view.transfer}: no layer has been measured yet`;
  const step = Math.max(3, Math.min(9, Math.floor((columns - 8) / view.layers.length)));
  const top = Math.max(...means);
  const bottom = Math.min(...means, view.chance ?? Infinity);
  const rowOf = (value: number) => Math.round(((top - value) / (top - bottom || 1)) * (PICTURE_ROWS - 1));
  const grid = Array.from({ length: PICTURE_ROWS }, () => new Array<string>(view.layers.length).fill(' '));
  const letters = seriesLetters(view);
  view.series.forEach(({ points }, s) => {
    points.forEach((point, column) => {
      if (!point) return;
      const line = grid[rowOf(point.mean)]!;
      line[column] = line[column] === ' ' ? letters[s]! : '*';
    });
  });
  const lines = grid.map((line, row) => {
    const value = top - ((top - bottom) * row) / (PICTURE_ROWS - 1);
    const label = row % 3 === 0 ? `${(100 * value).toFixed(0)} %`.padStart(5) : '     ';
    return `${label} │${line.map((mark) => mark.padStart(step)).join('')}`.trimEnd();
  });
  const axis = `      └${'─'.repeat(step * view.layers.length)}`;
  const names = `       ${view.layers.map(({ layer }) => shorten(layer, step - 1).padStart(step)).join('')}`;
  const legend = view.series.map(({ pretraining }, s) => `${letters[s]} ${pretraining}`).join('   ');
  return [`${view.transfer}: ${metricName(view.metric)} by layer`, ...lines, axis, names, `       ${legend}`].join('\n');
}

/** The first letter of each name that no earlier one has taken, else a digit. */
function seriesLetters(view: DepthView): string[] {
  const taken = new Set<string>();
  return view.series.map(({ pretraining }, index) => {
    const letter = [...pretraining].find((c) => /[A-Za-z]/.test(c) && !taken.has(c)) ?? String(index % 10);
    taken.add(letter);
    return letter;
  });
}

/** Drops what a narrow column has no room for; `layer3.0` keeps its end. */
function shorten(layer: string, room: number): string {
  const short = layer.replace(/^layer/, 'l');
  return layer.length <= room ? layer : short.slice(0, room);
}
