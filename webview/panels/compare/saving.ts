/** The table or the chart as a file. */
import {
  renderCompareCsv,
  renderCompareLatex,
  renderCompareMarkdown,
} from '../../../src/shared/views/compare/compareFiles';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { openMenu } from '../../ui/menu';
import { renderPng } from '../../ui/picture';
import type { PopupPlace } from '../../ui/popup';
import type { CompareActions, CompareState } from './part';
import { withTablePicture } from './tablePicture';

const kinds = [
  { label: 'CSV', extension: 'csv' },
  { label: 'Markdown', extension: 'md' },
  { label: 'LaTeX', extension: 'tex' },
  { label: 'PNG', extension: 'png' },
] as const;

export function openSaveMenu(place: PopupPlace, actions: CompareActions): void {
  const items = kinds.map(({ label, extension }) => ({ label, run: () => void save(extension, actions) }));
  openMenu(place, 'Save as', items);
}

async function save(
  extension: (typeof kinds)[number]['extension'],
  { state, save: write }: CompareActions,
): Promise<void> {
  const current = state();
  if (!current) return;
  const content = await render(extension, current);
  const file: SavedFile = { name: `compare.${extension}`, encoding: extension === 'png' ? 'base64' : 'utf8', content };
  write(file);
}

function render(extension: (typeof kinds)[number]['extension'], state: CompareState): Promise<string> | string {
  const { model, view, table } = state;
  if (extension === 'csv') return renderCompareCsv(model, table, view.metric);
  if (extension === 'md') return renderCompareMarkdown(model, table);
  if (extension === 'tex') return renderCompareLatex(model, table);
  const chart = view.tab === 'table' ? null : document.querySelector<SVGSVGElement>('.compare-charts svg');
  return chart ? renderPng(chart) : withTablePicture(state, renderPng);
}
