/** Score by depth drawn in characters: layers across, score upwards, one letter per pretraining. */
import { formatPercent, metricName } from '../../shared/views/formatNumbers';
import type { DepthView } from '../../shared/views/report/transferReport';
import { computeWidth, toOneLine } from '../progress/textWidth';
import { wrapItems } from './wrapWords';

const ROWS = 10;
/** Every third row carries its value. */
const LABEL_EVERY = 3;
const LEFT = 8;

/** One letter per pretraining at the height of its mean; `*` where several fall into the same place. */
export function depthPicture(view: DepthView, columns: number): string {
  const transfer = toOneLine(view.transfer);
  const means = view.series.flatMap(({ points }) => points.flatMap((point) => (point ? [point.mean] : [])));
  if (means.length === 0) return `${transfer}: no layer has been measured yet`;
  const range = { top: Math.max(...means), bottom: Math.min(...means) };
  const step = Math.max(1, Math.min(9, Math.floor((columns - LEFT) / view.layers.length)));
  const letters = seriesLetters(view.series.map(({ pretraining }) => pretraining));
  const legend = view.series.map(({ pretraining }, s) => `${letters[s]} ${toOneLine(pretraining)}`);
  const guessing = view.chance === undefined ? [] : [`(guessing: ${formatPercent({ mean: view.chance })} %)`];
  return [
    `${transfer}: ${metricName(view.metric)} by layer, in percent`,
    ...drawRows(view, { ...range, step, letters }),
    `${' '.repeat(LEFT - 1)}└${'─'.repeat(step * view.layers.length)}`,
    ...layerLines(
      view.layers.map(({ layer }) => toOneLine(layer)),
      step,
      columns,
    ),
    wrapItems([...legend, ...guessing], columns, LEFT),
  ].join('\n');
}

interface Frame {
  readonly top: number;
  readonly bottom: number;
  readonly step: number;
  readonly letters: readonly string[];
}

function drawRows(view: DepthView, { top, bottom, step, letters }: Frame): string[] {
  const rowOf = (value: number) => Math.round(((top - value) / (top - bottom || 1)) * (ROWS - 1));
  const grid = Array.from({ length: ROWS }, () => new Array<string>(view.layers.length).fill(' '));
  view.series.forEach(({ points }, s) => {
    points.forEach((point, column) => {
      if (!point) return;
      const row = grid[rowOf(point.mean)]!;
      row[column] = row[column] === ' ' ? letters[s]! : '*';
    });
  });
  const perRow = (100 * (top - bottom)) / (ROWS - 1);
  const digits = LABEL_EVERY * perRow >= 1 ? 0 : 1;
  return grid.map((row, r) => {
    const label = r % LABEL_EVERY === 0 ? (100 * top - perRow * r).toFixed(digits) : '';
    return `${label.padStart(LEFT - 2)} │${row.map((mark) => mark.padStart(step)).join('')}`.trimEnd();
  });
}

/** Names under their places where they fit, else numbers with a key. */
function layerLines(layers: readonly string[], step: number, columns: number): string[] {
  const indent = ' '.repeat(LEFT);
  if (layers.every((layer) => computeWidth(layer) < step)) {
    return [indent + layers.map((layer) => layer.padStart(step)).join('')];
  }
  const every = Math.ceil((String(layers.length).length + 1) / step);
  const last = layers.length - 1;
  // A number may reach over the empty places before it, counted from the deepest layer.
  const numbers = layers
    .map((_, i) => ((last - i) % every === 0 ? String(i + 1) : ''))
    .reduce((line, number, i) => (number === '' ? line : line + number.padStart(step * (i + 1) - line.length)), '');
  const key = layers.map((layer, i) => `${i + 1} ${layer}`);
  return [indent + numbers, wrapItems(key, columns, LEFT)];
}

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];

/** The first letter of each name that no earlier one has taken, else any that is free; `#` when none is left. */
export function seriesLetters(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const letter = [...name, ...alphabet].find((c) => /[A-Za-z0-9]/.test(c) && !taken.has(c)) ?? '#';
    taken.add(letter);
    return letter;
  });
}
