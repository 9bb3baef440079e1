/** Which class is taken for which, most frequent first; a row pressed shows its images. */
import type { ConfusionCell } from '../../../src/shared/views/detections/detectionsFigures';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';
import type { Shown } from './shown';

export interface Confusion {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export interface CellNames {
  readonly truth: string;
  readonly found: string;
}

const MOST_ROWS = 100;

export function createConfusion(onChoose: (cell: CellNames | undefined) => void): Confusion {
  const table = element('table', { class: 'confusion' });
  const note = element('p', { class: 'quiet note' });
  const node = element(
    'div',
    { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': 'Confusions' },
    table,
    note,
  );
  let shown: Shown | undefined;
  table.addEventListener('click', ({ target }) => {
    const { truth, found } = (target as Element).closest<HTMLElement>('button')?.dataset ?? {};
    if (truth === undefined || found === undefined) return;
    const now = shown?.view.cell;
    onChoose(now?.truth === truth && now.found === found ? undefined : { truth, found });
  });
  return {
    node,
    draw: (next) => {
      shown = next;
      const rows = listConfusions(next);
      const { runs, view } = next;
      const isTwo = runs.length > 1;
      const counts = runs.map((_, run) =>
        element('th', { scope: 'col', class: 'number' }, isTwo ? runLetter(run) : 'count'),
      );
      const head = element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'object'),
        element('th', { scope: 'col' }, 'taken for'),
        ...counts,
      );
      const lines = rows.slice(0, MOST_ROWS).map((row) => {
        const isChosen = view.cell?.truth === row.truth && view.cell.found === row.found;
        const title = `${row.truth || 'nothing'} taken for ${row.found || 'nothing'}`;
        const button = element(
          'button',
          {
            type: 'button',
            class: 'plain link',
            title,
            'aria-label': title,
            'data-truth': row.truth,
            'data-found': row.found,
            'aria-pressed': isChosen,
          },
          row.truth || 'nothing there',
        );
        return element(
          'tr',
          { class: isChosen ? 'is-chosen' : undefined },
          element('th', { scope: 'row' }, button),
          element('td', {}, row.found || 'missed'),
          ...row.counts.map((count) => element('td', { class: 'number' }, formatCount(count))),
        );
      });
      table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
      const rest = rows.length > MOST_ROWS ? ` The ${MOST_ROWS} most frequent of ${rows.length}.` : '';
      note.textContent = `At the chosen score and IoU; correct ones are left out.${rest} Press a row to see its images.`;
    },
  };
}

/** Off the diagonal, most frequent first; '' is the background. */
export function listConfusions({
  tables,
}: Pick<Shown, 'tables'>): (CellNames & { readonly counts: readonly number[] })[] {
  const { names } = tables.truth.categories;
  const rows = new Map<string, { truth: string; found: string; counts: number[] }>();
  tables.runs.forEach(({ figures }, run) => {
    for (const { truth, found, count } of figures.confusion as readonly ConfusionCell[]) {
      if (truth === found) continue;
      const key = `${truth} ${found}`;
      const row = rows.get(key) ?? {
        truth: names[truth] ?? '',
        found: names[found] ?? '',
        counts: tables.runs.map(() => 0),
      };
      row.counts[run] = count;
      rows.set(key, row);
    }
  });
  const size = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return [...rows.values()].sort((a, b) => size(b.counts) - size(a.counts));
}
