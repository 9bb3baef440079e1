/** Average precision of each class; sorted by any column; a class pressed shows its images. */
import type { ClassFigures } from '../../../src/shared/views/detections/detectionsFigures';
import { formatShare, formatShareDifference } from '../../../src/shared/views/formatNumbers';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';
import { createSortedTable, type TableColumn } from '../../ui/sortedTable';
import type { Shown } from './shown';

export interface ClassTable {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** The figures of a class, one a run. */
export type ClassRow = readonly ClassFigures[];

export function classColumns(runs: number): TableColumn<ClassRow>[] {
  const perRun = (name: string, title: string, value: (one: ClassFigures) => number): TableColumn<ClassRow>[] =>
    Array.from({ length: runs }, (_, run) => ({
      name: runs > 1 ? `${name} ${runLetter(run)}` : name,
      ...{ title, format: formatShare },
      value: (classes: ClassRow) => value(classes[run]!),
    }));
  const difference: TableColumn<ClassRow> = {
    ...{ name: 'B − A', title: 'Difference of AP at the chosen IoU', format: formatShareDifference },
    value: (classes) => classes[1]!.ap - classes[0]!.ap,
  };
  return [
    ...perRun('AP', 'Average precision at the chosen IoU, in percent', ({ ap }) => ap),
    ...(runs > 1 ? [difference] : []),
    ...perRun('COCO', 'Mean over IoU 0.50 to 0.95, in percent', ({ cocoAp }) => cocoAp),
    ...(runs > 1 ? [] : perRun('Prec.', 'Precision above the score, in percent', (one) => one.precision)),
    ...(runs > 1 ? [] : perRun('Recall', 'Recall above the score, in percent', (one) => one.recall)),
    { name: 'N', title: 'Objects', format: String, value: (classes) => classes[0]!.objects },
  ];
}

export function createClassTable(onChoose: (category: string) => void): ClassTable {
  let shown: Shown | undefined;
  const nameOf = ([first]: ClassRow): string => shown!.tables.truth.categories.names[first!.category]!;
  const isChosen = (row: ClassRow): boolean => nameOf(row) === shown!.view.category;
  const table = createSortedTable<ClassRow>({
    label: 'Classes',
    first: { name: 'class', title: 'Sort by name', compare: (a, b) => nameOf(a).localeCompare(nameOf(b)) },
    isChosen,
    head: (row) => {
      const name = nameOf(row);
      const about = { 'data-category': name, title: `Images with ${name}`, 'aria-pressed': isChosen(row) };
      return element('button', { type: 'button', class: 'plain link', ...about }, name);
    },
    onPress: ({ category }) => {
      if (category !== undefined) onChoose(category === shown?.view.category ? '' : category);
    },
  });
  return {
    node: table.node,
    draw: (next) => {
      shown = next;
      table.draw(classColumns(next.tables.runs.length), classRows(next));
    },
  };
}

/** One for each class, in the order of the file. */
export function classRows({ tables }: Pick<Shown, 'tables'>): ClassRow[] {
  return tables.truth.categories.names.map((_, category) =>
    tables.runs.map(({ figures }) => figures.classes[category]!),
  );
}
