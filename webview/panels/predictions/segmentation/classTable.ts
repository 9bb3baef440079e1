/** The classes: their colours, switched off and on as in a legend, their scores, and a way to their images. */
import { hexColour } from '../../../../src/shared/views/classColours';
import { formatShare, formatShareDifference } from '../../../../src/shared/views/formatNumbers';
import type { SegmentationLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { hiddenAfter } from '../../../charts/switchLegend';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import type { Shown } from './shown';

export interface ClassTable {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export interface ClassColumn {
  readonly name: string;
  readonly title: string;
  /** Of class `k`. */
  readonly value: (k: number) => number;
  readonly format: (value: number) => string;
}

export function classColumns({ figures }: Pick<Shown, 'figures'>): ClassColumn[] {
  const isTwo = figures.length > 1;
  const letter = (run: number): string => (isTwo ? ` ${runLetter(run)}` : '');
  const ious = figures.map(({ scores }, run): ClassColumn => ({
    ...{ name: `IoU${letter(run)}`, title: 'Intersection over union, in percent', format: formatShare },
    value: (k) => scores.iou[k]!,
  }));
  const accuracies = figures.map(({ scores }, run): ClassColumn => ({
    ...{ name: `Acc.${letter(run)}`, title: 'Share of its pixels that are found, in percent', format: formatShare },
    value: (k) => scores.accuracy[k]!,
  }));
  const pixels = figures[0]!.scores.pixels;
  const all = pixels.reduce((sum, count) => sum + count, 0);
  const difference: ClassColumn = {
    ...{ name: 'B − A', title: 'Difference of IoU, in points', format: formatShareDifference },
    value: (k) => figures[1]!.scores.iou[k]! - figures[0]!.scores.iou[k]!,
  };
  return [
    ...ious,
    ...(isTwo ? [difference] : accuracies),
    {
      name: 'Pixels',
      title: 'Share of all judged pixels, in percent',
      format: formatShare,
      value: (k) => pixels[k]! / all,
    },
  ];
}

export function createClassTable(look: (part: Partial<SegmentationLook>) => void): ClassTable {
  const table = element('table', { class: 'classes' });
  const note = element(
    'p',
    { class: 'quiet note' },
    'Press a colour to switch its class off or on, with Shift all others; press a name to see its images.',
  );
  const node = element('div', { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': 'Classes' }, table, note);
  let sorted = { column: -1, isDescending: false };
  let shown: Shown | undefined;
  table.addEventListener('click', (event) => {
    const { column, category, toggle } = (event.target as Element).closest<HTMLElement>('button')?.dataset ?? {};
    if (!shown) return;
    const { hidden, category: chosen } = shown.view.segmentation;
    if (category !== undefined) look({ category: category === chosen ? '' : category, cell: undefined });
    if (toggle !== undefined) {
      const entries = shown.figures[0]!.index.classes.map((id) => ({ id, isHidden: hidden.includes(id) }));
      look({ hidden: hiddenAfter(entries, toggle, event.shiftKey) });
    }
    if (column === undefined) return;
    const next = Number(column);
    sorted = { column: next, isDescending: sorted.column === next ? !sorted.isDescending : next >= 0 };
    draw();
    table.querySelector<HTMLElement>(`[data-column="${next}"]`)?.focus();
  });
  return {
    node,
    draw: (next) => {
      shown = next;
      draw();
    },
  };

  function draw(): void {
    if (!shown) return;
    const focused = (document.activeElement as HTMLElement | null)?.dataset;
    const columns = classColumns(shown);
    const heads = [
      heading(-1, 'class', 'Sort by place'),
      ...columns.map(({ name, title }, i) => heading(i, name, title)),
    ];
    const rows = sortRows(shown, columns).map((k) => createRow(shown!, columns, k));
    table.replaceChildren(element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows));
    for (const key of ['toggle', 'category'] as const)
      if (focused?.[key] !== undefined)
        [...table.querySelectorAll<HTMLElement>(`[data-${key}]`)]
          .find(({ dataset }) => dataset[key] === focused[key])
          ?.focus();
  }

  function heading(at: number, text: string, title: string): HTMLElement {
    const isSorted = at === sorted.column && at >= 0;
    return element(
      'th',
      {
        scope: 'col',
        class: at < 0 ? undefined : 'number',
        'aria-sort': isSorted ? (sorted.isDescending ? 'descending' : 'ascending') : undefined,
      },
      element('button', { type: 'button', class: 'plain', 'data-column': at, title }, text),
    );
  }

  /** Classes in order; what has no value comes last, whichever way. */
  function sortRows({ figures }: Shown, columns: readonly ClassColumn[]): number[] {
    const order = figures[0]!.index.classes.map((_, k) => k);
    const { column, isDescending } = sorted;
    const sign = isDescending ? -1 : 1;
    if (column < 0) return order;
    const value = (k: number): number => columns[column]!.value(k);
    const rank = (k: number): number => (Number.isNaN(value(k)) ? Infinity : sign * value(k));
    return order.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
  }
}

function createRow({ figures, view, colours }: Shown, columns: readonly ClassColumn[], k: number): HTMLElement {
  const name = figures[0]!.index.classes[k]!;
  const { hidden, category } = view.segmentation;
  const isHidden = hidden.includes(name);
  const swatch = element('button', {
    ...{ type: 'button', class: 'plain class-swatch', 'data-toggle': name, 'aria-pressed': !isHidden },
    ...{ 'aria-label': `${name} is ${isHidden ? 'hidden' : 'drawn'}`, title: `${isHidden ? 'Show' : 'Hide'} ${name}` },
  });
  swatch.style.background = isHidden ? 'transparent' : hexColour(colours[k]!);
  swatch.style.borderColor = hexColour(colours[k]!);
  const words = element(
    'button',
    {
      ...{ type: 'button', class: 'plain link class-name', 'data-category': name },
      ...{ title: `Images with ${name}`, 'aria-pressed': name === category },
    },
    name,
  );
  return element(
    'tr',
    { class: name === category ? 'is-chosen' : undefined },
    element('th', { scope: 'row' }, element('span', { class: 'class-cell' }, swatch, words)),
    ...columns.map(({ value, format }) => element('td', { class: 'number' }, format(value(k)))),
  );
}
