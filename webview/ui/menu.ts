/** A menu at a place: arrow keys move, letters find, Enter does. */
import { element } from './element';
import { openPopup, type PopupPlace } from './popup';

export interface MenuItem {
  readonly label: string;
  /** Shown beside it: what does the same on the keyboard. */
  readonly key?: string;
  readonly isOn?: boolean;
  /** A line above it. */
  readonly isFirst?: boolean;
  /** Why it cannot be done, as a sentence. */
  readonly refusal?: string;
  readonly run: () => void;
}

export function openMenu(place: PopupPlace, label: string, items: readonly MenuItem[]): void {
  const list = element('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const popup = openPopup(place, list);
  const made = items.map((item) => createItem(item));
  list.append(
    ...made.flatMap((node, i) => (items[i]!.isFirst ? [element('div', { role: 'separator' }), node] : [node])),
  );
  made.forEach((node, i) =>
    node.addEventListener('click', () => {
      if (items[i]!.refusal !== undefined) return;
      popup.close();
      items[i]!.run();
    }),
  );
  list.addEventListener('pointermove', ({ target }) => (target as Element).closest<HTMLElement>('.menu-item')?.focus());
  list.addEventListener('keydown', (event) => {
    const next = nextItem(event.key, made);
    if (event.key === 'Tab') popup.close();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  fit(list.parentElement!, place);
  made[0]?.focus();
}

/** The popup was placed before it had items. */
function fit(sheet: HTMLElement, { left, top }: PopupPlace): void {
  const { width, height } = sheet.getBoundingClientRect();
  const fitted = {
    left: Math.max(4, Math.min(left, window.innerWidth - width - 4)),
    top: Math.max(4, Math.min(top, window.innerHeight - height - 4)),
  };
  sheet.style.left = `${fitted.left}px`;
  sheet.style.top = `${fitted.top}px`;
}

function createItem({ label, key, isOn, refusal }: MenuItem): HTMLElement {
  return element(
    'button',
    {
      type: 'button',
      class: 'menu-item',
      role: isOn === undefined ? 'menuitem' : 'menuitemcheckbox',
      'aria-checked': isOn === undefined ? undefined : String(isOn),
      // Reached all the same, so that its reason is read.
      'aria-disabled': refusal === undefined ? undefined : 'true',
      tabindex: -1,
    },
    element('span', { class: 'menu-tick', 'aria-hidden': 'true' }, isOn ? '✓' : ''),
    element(
      'span',
      { class: 'menu-words' },
      element('span', { class: 'menu-label' }, label),
      ...(refusal === undefined ? [] : [element('span', { class: 'menu-refusal' }, refusal)]),
    ),
    element('span', { class: 'menu-key', 'aria-hidden': 'true' }, key ?? ''),
  );
}

function nextItem(key: string, items: readonly HTMLElement[]): HTMLElement | undefined {
  const place = items.indexOf(document.activeElement as HTMLElement);
  if (key === 'ArrowDown') return items[(place + 1) % items.length];
  if (key === 'ArrowUp') return items[(place - 1 + items.length) % items.length];
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  if (key.length !== 1 || key === ' ') return undefined;
  const order = [...items.slice(place + 1), ...items.slice(0, place + 1)];
  return order.find((item) =>
    item.querySelector('.menu-label')?.textContent?.toLowerCase().startsWith(key.toLowerCase()),
  );
}
