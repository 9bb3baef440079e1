/** Average precision of each class; sorted by any column; a class pressed shows its images. */
import type { ClassFigures } from '../../../src/shared/views/detections/detectionsFigures';
import { formatShare, formatShareDifference } from '../../../src/shared/views/formatNumbers';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';
import type { Shown } from './shown';

export interface ClassTable {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export interface ClassColumn {
  readonly name: string;
  readonly title: string;
  readonly value: (classes: readonly ClassFigures[]) => number;
  readonly format: (value: number) => string;
}

/** `classes`: one a run, of one class. */
export function classColumns(runs: number): ClassColumn[] {
  const perRun = (name: string, title: string, value: (one: ClassFigures) => number): ClassColumn[] =>
    Array.from({ length: runs }, (_, run) => ({
      name: runs > 1 ? `${name} ${runLetter(run)}` : name,
      ...{ title, format: formatShare },
      value: (classes: readonly ClassFigures[]) => value(classes[run]!),
    }));
  const difference: ClassColumn = {
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
  const node = element('div', { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': 'Classes' });
  const table = element('table', { class: 'classes' });
  node.append(table);
  let sorted = { column: -1, isDescending: false };
  let shown: Shown | undefined;
  table.addEventListener('click', ({ target }) => {
    const { column, category } = (target as Element).closest<HTMLElement>('button')?.dataset ?? {};
    if (category !== undefined) onChoose(category === shown?.view.category ? '' : category);
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
    const { tables, view } = shown;
    const { names } = tables.truth.categories;
    const columns = classColumns(tables.runs.length);
    const rows = names.map((name, category) => {
      const classes = tables.runs.map(({ figures }) => figures.classes[category]!);
      return { name, values: columns.map(({ value }) => value(classes)) };
    });
    const { column, isDescending } = sorted;
    const sign = isDescending ? -1 : 1;
    // What has no value comes last, whichever way.
    if (column >= 0) rows.sort((a, b) => sign * compare(a.values[column]!, b.values[column]!, sign));
    else rows.sort((a, b) => sign * a.name.localeCompare(b.name));
    const heading = (at: number, text: string, title: string): HTMLElement =>
      element(
        'th',
        {
          scope: 'col',
          class: at < 0 ? undefined : 'number',
          'aria-sort': at === column ? (isDescending ? 'descending' : 'ascending') : undefined,
        },
        element('button', { type: 'button', class: 'plain', 'data-column': at, title }, text),
      );
    const head = [
      heading(-1, 'class', 'Sort by name'),
      ...columns.map(({ name, title }, at) => heading(at, name, title)),
    ];
    const lines = rows.map(({ name, values }) =>
      element(
        'tr',
        { class: name === view.category ? 'is-chosen' : undefined },
        element(
          'th',
          { scope: 'row' },
          element(
            'button',
            {
              type: 'button',
              class: 'plain link',
              'data-category': name,
              title: `Images with ${name}`,
              'aria-pressed': name === view.category,
            },
            name,
          ),
        ),
        ...values.map((value, at) => element('td', { class: 'number' }, columns[at]!.format(value))),
      ),
    );
    table.replaceChildren(element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...lines));
  }
}

function compare(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return sign * (Number(Number.isNaN(a)) - Number(Number.isNaN(b)));
  return a - b;
}
