/** A row of tabs that wraps: arrow keys move between them, the chosen one is the only stop of the Tab key. */
import { element } from './element';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  /** Quiet word behind the label. */
  readonly remark?: string;
}

export interface Tabs {
  readonly node: HTMLElement;
  draw(tabs: readonly Tab[], chosen: string): void;
}

/** `panelId` is the id of the element that the tabs change. */
export function createTabs(label: string, panelId: string, onChoose: (id: string) => void): Tabs {
  const node = element('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  const buttons = (): HTMLElement[] => [...node.querySelectorAll<HTMLElement>('[role=tab]')];
  node.addEventListener('click', ({ target }) => {
    const id = (target as Element).closest<HTMLElement>('[role=tab]')?.dataset.id;
    if (id !== undefined) onChoose(id);
  });
  node.addEventListener('keydown', (event) => {
    const all = buttons();
    const place = all.indexOf(document.activeElement as HTMLElement);
    const next = nextPlace(event.key, place, all.length);
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
    const id = all[next]?.dataset.id;
    if (id !== undefined) onChoose(id);
  });
  let drawn = '';
  return {
    node,
    draw: (tabs, chosen) => {
      const text = JSON.stringify(tabs);
      if (text !== drawn) {
        drawn = text;
        const focused = (document.activeElement as HTMLElement | null)?.dataset.id;
        const hadFocus = node.contains(document.activeElement);
        node.replaceChildren(...tabs.map((tab) => createTab(tab, panelId)));
        if (hadFocus)
          buttons()
            .find(({ dataset }) => dataset.id === focused)
            ?.focus();
      }
      for (const button of buttons()) {
        const isChosen = button.dataset.id === chosen;
        button.setAttribute('aria-selected', String(isChosen));
        button.tabIndex = isChosen ? 0 : -1;
      }
    },
  };
}

function createTab({ id, label, title, remark }: Tab, panelId: string): HTMLElement {
  const words = [element('span', { class: 'name' }, label)];
  if (remark !== undefined) words.push(element('span', { class: 'remark' }, remark));
  return element('button', { type: 'button', role: 'tab', 'data-id': id, title, 'aria-controls': panelId }, ...words);
}

function nextPlace(key: string, place: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (place + 1) % count;
  if (key === 'ArrowLeft') return (place - 1 + count) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}
