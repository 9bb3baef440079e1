/** The filter as typed, and what else is filtered or treated as the same, each with a button that takes it back. */
import { element } from '../../ui/element';
import type { CompareActions, CompareState, Part } from './part';

/** A pause in typing; every key would sort a thousand rows. */
const TYPING_MS = 120;

/** `buttons` stand beside the field. */
export function createFilters({ change, mark }: CompareActions, buttons: readonly HTMLElement[]): Part {
  const field = element('input', {
    type: 'search',
    class: 'search filter',
    placeholder: 'Filter: words, or score > 60, task = detection, -draft',
    'aria-label': 'Filter rows: words, or a column, an operator and a value, as in score > 60',
    spellcheck: 'false',
  }) as HTMLInputElement;
  let timer: number | undefined;
  const send = (): void => {
    window.clearTimeout(timer);
    change({ query: field.value });
  };
  field.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, TYPING_MS);
  });
  field.addEventListener('keydown', ({ key }) => key === 'Enter' && send());
  const chips = element('div', { class: 'chips' });
  let drawn = '';
  return {
    node: element('div', { class: 'filters' }, field, ...buttons, chips),
    draw: (state) => {
      if (document.activeElement !== field) field.value = state.view.query;
      const all = listChips(state, { change, mark });
      const text = JSON.stringify(all.map(({ label }) => label));
      if (text === drawn) return;
      drawn = text;
      chips.replaceChildren(...all.map(createChip));
    },
  };
}

interface Chip {
  readonly label: string;
  readonly title: string;
  readonly remove: () => void;
}

function createChip({ label, title, remove }: Chip): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: 'chip', title, 'aria-label': title },
    element('span', {}, label),
    element('span', { 'aria-hidden': 'true', class: 'chip-cross' }, '×'),
  );
  button.addEventListener('click', remove);
  return button;
}

function listChips(state: CompareState, { change, mark }: Pick<CompareActions, 'change' | 'mark'>): Chip[] {
  const { view, table, model } = state;
  const nameOf = (id: string): string => table.offered.find((column) => column.id === id)?.name ?? id;
  const without = <T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== id));
  const sorts = view.sort.map(({ column, isDescending }) => ({
    label: `${isDescending ? '↓' : '↑'} ${nameOf(column)}`,
    title: `Sorted by ${nameOf(column)}, ${isDescending ? 'largest' : 'smallest'} first. Do not sort by it`,
    remove: () => change({ sort: view.sort.filter((sort) => sort.column !== column) }),
  }));
  const values = Object.entries(view.valueFilters).map(([id, texts]) => ({
    label: `${nameOf(id)}: ${texts.map((text) => text || 'none').join(', ')}`,
    title: `Only these values of ${nameOf(id)}. Show all`,
    remove: () => change({ valueFilters: without(view.valueFilters, id) }),
  }));
  const brushes = Object.entries(view.brushes).map(([id, [low, high]]) => ({
    label: `${nameOf(id)}: ${write(low)} to ${write(high)}`,
    title: `Only this range of ${nameOf(id)}. Show all`,
    remove: () => change({ brushes: without(view.brushes, id) }),
  }));
  const same = model.marks.same.fields.map((field) => ({
    label: `same: ${field}`,
    title: `${field} is treated as the same everywhere. Compare it again`,
    remove: () => mark(table.baseline, { type: 'sameField', field, isSame: false }),
  }));
  return [...sorts, ...values, ...brushes, ...same];
}

function write(value: number): string {
  return String(Number(value.toPrecision(4)));
}
