/** What is seen as PNG or SVG, with titles and legend; the chosen images, or all, as CSV. */
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { hexColour } from '../../../src/shared/views/classColours';
import { chosenCsv } from '../../../src/shared/views/embedding/chosenImages';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { pointShapes, type LegendLine } from '../../../src/shared/views/embedding/pointGroups';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { mapSvg } from './mapSvg';
import type { SavedMap } from './mapView';
import { shapePath } from './shapes';
import type { Shown } from './shown';

export interface SavingOptions {
  readonly current: () => Shown | undefined;
  readonly maps: () => readonly SavedMap[];
  readonly save: (file: SavedFile) => void;
}

export interface Saving {
  readonly node: HTMLElement;
  saveCsv(): void;
}

export function createSaving({ current, maps, save }: SavingOptions): Saving {
  const png = createTextButton('PNG', 'Save what is seen as PNG', () => {
    const shown = current();
    if (shown) save({ name: nameOf(shown, 'png'), encoding: 'base64', content: drawPng(shown, maps()) });
  });
  const svg = createTextButton('SVG', 'Save what is seen as SVG', () => {
    const shown = current();
    if (shown) save({ name: nameOf(shown, 'svg'), encoding: 'utf8', content: writeSvg(shown, maps()) });
  });
  const saveCsv = (): void => {
    const shown = current();
    if (!shown) return;
    const { study, chosen } = shown;
    const images = chosen.length > 0 ? chosen : study.images.map((_, image) => image);
    const content = chosenCsv(
      study,
      shown.maps.map(({ map }) => map),
      images,
    );
    save({ name: nameOf(shown, 'csv'), encoding: 'utf8', content });
  };
  const csv = createTextButton('CSV', 'Save the chosen images, or all, as CSV', saveCsv);
  return { node: element('div', { class: 'saving' }, png, svg, csv), saveCsv };
}

function nameOf({ model, choice, main }: Shown, ending: string): string {
  const layer = main.map.layer.replaceAll(/[^\w.-]/g, '-');
  return `${model.title}-${choice.method}-${main.map.model}-${layer}.${ending}`.replaceAll(' ', '-');
}

/** px of the file. */
const TITLE = 22;
const GAP = 8;
const LINE = 18;
const LEGEND = 190;
/** Lines of a legend that fit beside a small map. */
const MOST_LINES = 40;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly { readonly x: number; readonly y: number }[];
  readonly lines: readonly LegendLine[];
  readonly legendX: number;
}

/** Maps as they stand in the panel: up to two in a row. */
function layOut({ legend }: Shown, maps: readonly SavedMap[]): Layout {
  const columns = Math.min(2, maps.length);
  const width = Math.max(0, ...maps.map(({ picture }) => picture.size.width));
  const height = Math.max(0, ...maps.map(({ picture }) => picture.size.height)) + TITLE;
  const places = maps.map((_, i) => ({
    x: (i % columns) * (width + GAP),
    y: Math.floor(i / columns) * (height + GAP),
  }));
  const lines = legend.filter(({ isHidden }) => !isHidden).slice(0, MOST_LINES);
  const legendX = columns * (width + GAP);
  const rows = Math.ceil(maps.length / columns);
  return {
    ...{ places, lines, legendX, width: legendX + LEGEND },
    height: Math.max(rows * (height + GAP), lines.length * LINE + GAP),
  };
}

function drawPng(shown: Shown, maps: readonly SavedMap[]): string {
  const { width, height, places, lines, legendX } = layOut(shown, maps);
  const ratio = maps[0]?.picture.ratio ?? 1;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(document.body);
  context.scale(ratio, ratio);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'middle';
  maps.forEach(({ title, figures, canvases, picture }, i) => {
    const { x, y } = places[i]!;
    context.fillStyle = style.color;
    context.font = `600 13px ${style.fontFamily}`;
    context.fillText(title, x + 4, y + TITLE / 2);
    const after = context.measureText(title).width + 16;
    context.font = `12px ${style.fontFamily}`;
    context.fillText(figures, x + after, y + TITLE / 2, Math.max(1, picture.size.width - after));
    for (const one of canvases) context.drawImage(one, x, y + TITLE, picture.size.width, picture.size.height);
  });
  lines.forEach((line, i) => {
    context.save();
    context.translate(legendX + 10, GAP + (i + 0.5) * LINE);
    context.fillStyle = hexColour(line.colour);
    context.fill(new Path2D(shapePath(pointShapes[line.shape]!, 5)), 'evenodd');
    context.fillStyle = style.color;
    context.fillText(wordsOf(line), 12, 0, LEGEND - 30);
    context.restore();
  });
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}

function wordsOf({ name, count }: LegendLine): string {
  return `${name} (${formatCount(count)})`;
}

function writeSvg(shown: Shown, maps: readonly SavedMap[]): string {
  const { width, height, places, lines, legendX } = layOut(shown, maps);
  const style = getComputedStyle(document.body);
  const size = `width="${Math.round(width)}" height="${Math.round(height)}"`;
  const drawn = maps.map((map, i) => {
    const { x, y } = places[i]!;
    const words = `<text x="4" y="15" font-weight="600">${escapeText(map.title)}</text>`;
    const figures = `<text x="${map.picture.size.width - 4}" y="15" text-anchor="end" font-size="11">${escapeText(map.figures)}</text>`;
    return `<g transform="translate(${x},${y})">${words}${figures}<g transform="translate(0,${TITLE})">${mapSvg(map, `map-${i}`)}</g></g>`;
  });
  const legend = lines.map((line, i) => {
    const mark = `<path d="${shapePath(pointShapes[line.shape]!, 5)}" fill="${hexColour(line.colour)}" fill-rule="evenodd"/>`;
    return `<g transform="translate(${legendX + 10},${GAP + (i + 0.5) * LINE})">${mark}<text x="12" y="4">${escapeText(wordsOf(line))}</text></g>`;
  });
  const ground = `<rect width="100%" height="100%" fill="${style.backgroundColor}"/>`;
  const font = `font-family="${escapeText(style.fontFamily)}" font-size="13" fill="${style.color}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${Math.round(width)} ${Math.round(height)}">${ground}<g ${font}>${drawn.join('')}${legend.join('')}</g></svg>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
