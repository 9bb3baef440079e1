/** The classes: their colours, switched off and on as in a legend, their scores, and a way to their images. */
import { hexColour } from '../../../../src/shared/views/classColours';
import { formatShare, formatShareDifference } from '../../../../src/shared/views/formatNumbers';
import type { SegmentationLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { hiddenAfter } from '../../../charts/switchLegend';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { createSortedTable, type TableColumn } from '../../../ui/sortedTable';
import type { Shown } from './shown';

export interface ClassTable {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** Columns of classes by their place. */
export function classColumns({ figures }: Pick<Shown, 'figures'>): TableColumn<number>[] {
  const isTwo = figures.length > 1;
  const letter = (run: number): string => (isTwo ? ` ${runLetter(run)}` : '');
  const ious = figures.map(({ scores }, run): TableColumn<number> => ({
    ...{ name: `IoU${letter(run)}`, title: 'Intersection over union, in percent', format: formatShare },
    value: (k) => scores.iou[k]!,
  }));
  const accuracies = figures.map(({ scores }, run): TableColumn<number> => ({
    ...{ name: `Acc.${letter(run)}`, title: 'Share of its pixels that are found, in percent', format: formatShare },
    value: (k) => scores.accuracy[k]!,
  }));
  const pixels = figures[0]!.scores.pixels;
  const all = pixels.reduce((sum, count) => sum + count, 0);
  const difference: TableColumn<number> = {
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
  let shown: Shown | undefined;
  const nameOf = (k: number): string => shown!.figures[0]!.index.classes[k]!;
  const table = createSortedTable<number>({
    label: 'Classes',
    first: { name: 'class', title: 'Sort by place', compare: (a, b) => a - b },
    head: (k) => createHead(shown!, k),
    isChosen: (k) => nameOf(k) === shown!.view.segmentation.category,
    onPress: ({ category, toggle }, { shiftKey }) => {
      if (!shown) return;
      const { hidden, category: chosen } = shown.view.segmentation;
      if (category !== undefined) look({ category: category === chosen ? '' : category, cell: undefined });
      if (toggle === undefined) return;
      const entries = shown.figures[0]!.index.classes.map((id) => ({ id, isHidden: hidden.includes(id) }));
      look({ hidden: hiddenAfter(entries, toggle, shiftKey) });
    },
  });
  const note = element(
    'p',
    { class: 'quiet note' },
    'Press a colour to switch its class off or on, with Shift all others; press a name to see its images.',
  );
  table.node.append(note);
  return {
    node: table.node,
    draw: (next) => {
      shown = next;
      table.draw(classColumns(next), [...next.figures[0]!.index.classes.keys()]);
    },
  };
}

function createHead({ figures, view, colours }: Shown, k: number): HTMLElement {
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
  return element('span', { class: 'class-cell' }, swatch, words);
}
