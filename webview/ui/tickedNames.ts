/** Names with a box each, in a group; what is ticked stays while the names do. */
import { element } from './element';

export interface TickedNames {
  readonly node: HTMLElement;
  /** `usual` are ticked until the user changes them. */
  draw(names: readonly string[], usual: readonly string[]): void;
  reset(): void;
  chosen(): string[];
}

export function createTickedNames(label: string): TickedNames {
  const list = element('div', { class: 'checks' });
  const node = element('fieldset', {}, element('legend', {}, label), list);
  let drawn = '';
  const boxes = (): HTMLInputElement[] => [...list.querySelectorAll('input')];
  return {
    node,
    draw: (names, usual) => {
      const text = JSON.stringify(names);
      if (text === drawn) return;
      drawn = text;
      const made = names.map((name) => {
        const box = element('input', { type: 'checkbox', value: name, checked: usual.includes(name) });
        return element('label', { title: name }, box, name);
      });
      list.replaceChildren(...made);
    },
    reset: () => (drawn = ''),
    chosen: () => boxes().flatMap(({ checked, value }) => (checked ? [value] : [])),
  };
}
