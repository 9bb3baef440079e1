/** The table as one picture: all of its columns, and as many rows as a picture can hold. */
import { lineName } from '../../../src/shared/views/compare/compareFiles';
import type { CompareLine } from '../../../src/shared/views/compare/compareOrder';
import { columnWidths } from './gridColumns';
import type { CompareState } from './part';

const LINE_PX = 22;
const NAME_PX = 280;
/** Browsers refuse larger canvases. */
const MOST_LINES = 300;
const namespace = 'http://www.w3.org/2000/svg';

export async function withTablePicture<T>(state: CompareState, render: (svg: SVGSVGElement) => Promise<T>): Promise<T> {
  const svg = drawTable(state);
  document.body.append(svg);
  try {
    return await render(svg);
  } finally {
    svg.remove();
  }
}

function drawTable(state: CompareState): SVGSVGElement {
  const { table } = state;
  const widths = columnWidths(state, 2 * NAME_PX);
  const all = [...table.pinned, ...table.lines];
  const lines = all.slice(0, MOST_LINES);
  const left = all.length - lines.length;
  const svg = make('svg', { class: 'table-picture' }) as SVGSVGElement;
  svg.style.width = `${widths.reduce((sum, width) => sum + width, 16)}px`;
  svg.style.height = `${(lines.length + (left > 0 ? 2 : 1)) * LINE_PX + 12}px`;
  const writeLine = (at: number, cells: readonly string[], kind: string): void => {
    let x = 8;
    cells.forEach((text, i) => {
      const isNumber = i > 0 && table.columns[i - 1]!.isNumber;
      const node = make('text', { x: isNumber ? x + widths[i]! - 8 : x, y: at * LINE_PX + 15, class: kind });
      if (isNumber) node.setAttribute('text-anchor', 'end');
      const most = Math.max(4, Math.floor(widths[i]! / 6.2));
      node.textContent = text.length > most ? `${text.slice(0, most - 1)}…` : text;
      svg.append(node);
      x += widths[i]!;
    });
  };
  writeLine(0, ['', ...table.columns.map(({ name }) => name)], 'picture-head');
  lines.forEach((line, i) => writeLine(i + 1, cellsOf(state, line), kindOf(state, line)));
  if (left > 0) writeLine(lines.length + 1, [`and ${left} more`], 'picture-unfair');
  return svg;
}

function cellsOf({ table }: CompareState, line: CompareLine): string[] {
  if (line.kind === 'group') return [`${line.label} (${line.count})`];
  return [lineName(table, line), ...table.columns.map((column) => table.cell(line, column))];
}

function kindOf({ table }: CompareState, line: CompareLine): string {
  if (line.kind === 'group') return 'picture-head';
  return (table.comparisons?.[line.row]?.unfair.length ?? 0) > 0 ? 'picture-unfair' : 'picture-row';
}

function make(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const node = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}
