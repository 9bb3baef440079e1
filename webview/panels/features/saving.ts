/** The table of pictures as a PNG with its headings, its numbers as CSV, the curves as SVG. */
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { showNames } from '../../../src/shared/views/features/featuresCells';
import { featuresCsv } from '../../../src/shared/views/features/featuresTable';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { renderSvg } from '../../ui/picture';
import type { Shown } from './shown';

export interface SavingOptions {
  readonly current: () => Shown | undefined;
  readonly canvases: () => readonly (readonly HTMLCanvasElement[])[];
  readonly chart: () => SVGSVGElement | undefined;
  readonly save: (file: SavedFile) => void;
}

export function createSaving({ current, canvases, chart, save }: SavingOptions): HTMLElement {
  const png = createTextButton('PNG', 'Save the table of pictures as PNG', () => {
    const shown = current();
    if (shown) save({ name: `${nameOf(shown)}.png`, encoding: 'base64', content: drawAll(shown, canvases()) });
  });
  const csv = createTextButton('CSV', 'Save what the pictures show as CSV', () => {
    const shown = current();
    if (!shown) return;
    const { study, view, grid, show } = shown;
    save({ name: `${nameOf(shown)}.csv`, encoding: 'utf8', content: featuresCsv(study, view, grid, show) });
  });
  const svg = createTextButton('SVG', 'Save the curves as SVG', () => {
    const drawn = chart();
    const shown = current();
    if (drawn && shown) save({ name: `${nameOf(shown)}-curves.svg`, encoding: 'utf8', content: renderSvg(drawn) });
  });
  return element('div', { class: 'saving' }, png, csv, svg);
}

function nameOf({ model, show }: Shown): string {
  return `${model.title}-${showNames[show]}`.replaceAll(' ', '-');
}

/** Space of headings and captions, in px of the file. */
const LEFT = 150;
const LINE = 20;
const GAP = 6;

function drawAll({ grid }: Shown, cells: readonly (readonly HTMLCanvasElement[])[]): string {
  const side = cells[0]?.[0]?.width ?? 0;
  const canvas = document.createElement('canvas');
  canvas.width = LEFT + grid.columns.length * (side + GAP);
  canvas.height = LINE + grid.rows.length * (side + GAP);
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(document.body);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.color;
  context.font = `13px ${style.fontFamily}`;
  context.textBaseline = 'middle';
  grid.columns.forEach(({ title }, column) => context.fillText(title, LEFT + column * (side + GAP), LINE / 2, side));
  grid.rows.forEach(({ title }, row) => {
    const top = LINE + row * (side + GAP);
    context.fillText(title, 4, top + side / 2, LEFT - 8);
    cells[row]?.forEach((cell, column) => context.drawImage(cell, LEFT + column * (side + GAP), top));
  });
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}
