/** A list to tick with a search field above it: columns to show, values to let through. */
import { element } from './element';
import { openPopup, type PopupPlace } from './popup';

export interface ChecklistItem {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly group: string;
}

export interface Checklist {
  readonly label: string;
  readonly items: readonly ChecklistItem[];
  readonly isOn: (id: string) => boolean;
  readonly onChange: (id: string, isOn: boolean) => void;
  /** Buttons below the list. */
  readonly actions?: readonly { readonly label: string; readonly run: () => void }[];
}

/** More are found by searching. */
const MOST_SHOWN = 200;

export function openChecklist(place: PopupPlace, { label, items, isOn, onChange, actions = [] }: Checklist): void {
  const search = element('input', {
    type: 'search',
    class: 'search',
    placeholder: 'Search',
    'aria-label': `Search: ${label}`,
  });
  const list = element('div', { class: 'checklist-items', role: 'group', 'aria-label': label });
  const rest = element('p', { class: 'quiet' });
  const buttons = element('div', { class: 'checklist-actions' });
  const content = element(
    'div',
    { class: 'checklist', role: 'dialog', 'aria-label': label },
    search,
    list,
    rest,
    buttons,
  );
  const draw = (): void => {
    const wanted = (search as HTMLInputElement).value.trim().toLowerCase().split(/\s+/);
    const found = items.filter((item) => {
      const text = `${item.label} ${item.title}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    list.replaceChildren(...drawItems(found.slice(0, MOST_SHOWN)));
    const left = found.length - MOST_SHOWN;
    rest.textContent = found.length === 0 ? 'Nothing is called so.' : left > 0 ? `${left} more: search for them.` : '';
    rest.hidden = rest.textContent === '';
  };
  const drawItems = (found: readonly ChecklistItem[]): HTMLElement[] =>
    found.flatMap((item, i) => {
      const box = element('input', { type: 'checkbox' }) as HTMLInputElement;
      box.checked = isOn(item.id);
      box.addEventListener('change', () => onChange(item.id, box.checked));
      const line = element(
        'label',
        { class: 'checklist-item', title: item.title },
        box,
        element('span', {}, item.label),
      );
      const isNew = item.group !== '' && item.group !== found[i - 1]?.group;
      return isNew ? [element('div', { class: 'checklist-group' }, item.group), line] : [line];
    });
  search.addEventListener('input', draw);
  content.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const stops = [search, ...list.querySelectorAll<HTMLElement>('input')];
    stops[stops.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  });
  draw();
  const popup = openPopup(place, content);
  for (const action of actions) {
    const button = element('vscode-button', { appearance: 'secondary' }, action.label);
    button.addEventListener('click', () => {
      popup.close();
      action.run();
    });
    buttons.append(button);
  }
  search.focus();
}
