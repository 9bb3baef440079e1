/** Pictures and tables as files: the buttons above chart and table, and what they write. */
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import type { LayersModel, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import { sortRows, type LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { renderLayersCsv, renderLayersLatex, renderLayersMarkdown } from '../../../src/shared/views/layers/layersFiles';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { renderPng, renderSvg } from '../../ui/picture';
import { withFigure } from './figure';
import { shownTransfers } from './panelState';

export interface Saving {
  readonly chart: HTMLElement;
  readonly table: HTMLElement;
  /** With all transfers on screen there is no table; its files are then saved from above the charts. */
  draw(isAll: boolean): void;
}

export interface SavedState {
  readonly model: LayersModel;
  readonly view: LayersView;
  readonly depths: readonly LayersDepth[];
  readonly pictures: readonly SVGSVGElement[];
}

export interface SavingOptions {
  readonly current: () => SavedState | undefined;
  readonly save: (file: SavedFile) => void;
}

export function createSaving({ current, save }: SavingOptions): Saving {
  const write = (extension: string, render: (state: SavedState) => string | Promise<string>) => async () => {
    const state = current();
    if (!state) return;
    const content = await render(state);
    save({ name: fileName(state, extension), encoding: extension === 'png' ? 'base64' : 'utf8', content });
  };
  const button = (label: string, title: string, press: () => Promise<void>): HTMLElement =>
    createTextButton(label, title, () => void press());
  const pictureButtons = [
    button(
      'SVG',
      'Save the chart as SVG',
      write('svg', (state) => drawFigure(state, renderSvg)),
    ),
    button(
      'PNG',
      'Save the chart as PNG',
      write('png', (state) => drawFigure(state, renderPng)),
    ),
  ];
  const tableButtons = [
    button('CSV', 'Save all values as CSV, one line per seed', write('csv', csvOf)),
    button(
      'Markdown',
      'Save the table as Markdown',
      write('md', (state) => tablesOf(state, renderLayersMarkdown)),
    ),
    button(
      'LaTeX',
      'Save the table as LaTeX',
      write('tex', (state) => tablesOf(state, renderLayersLatex)),
    ),
  ];
  const pictures = element('span', { class: 'save-group' }, ...pictureButtons);
  const tables = element('span', { class: 'save-group' }, ...tableButtons);
  const chart = element('div', { class: 'part-head' }, element('h2', {}, 'Chart'), pictures);
  const table = element('div', { class: 'part-head' }, element('h2', {}, 'Table'), tables);
  return {
    chart,
    table,
    draw: (isAll) => {
      const place = isAll ? chart : table;
      if (tables.parentElement !== place) place.append(tables);
    },
  };
}

function drawFigure(
  { model, view, depths, pictures }: SavedState,
  render: (figure: SVGSVGElement) => string | Promise<string>,
): Promise<string> {
  return withFigure({ model, depths, pictures, hidden: new Set(view.hidden) }, render);
}

function csvOf({ model, view }: SavedState): string {
  return renderLayersCsv(model, shownTransfers(model, view));
}

function tablesOf(
  { model, view, depths }: SavedState,
  render: (input: { model: LayersModel; view: LayersDepth; rows: LayersDepth['series'] }) => string,
): string {
  return depths.map((depth) => render({ model, view: depth, rows: sortRows(depth, view.sort) })).join('\n');
}

function fileName({ model, depths }: SavedState, extension: string): string {
  const [only] = depths;
  const what = depths.length === 1 && only ? `${only.transfer}-${only.metric}` : 'all';
  return `${model.run}-${what}-by-layer.${extension}`;
}
