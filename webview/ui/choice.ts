/** A labelled dropdown and a checkbox that say what the user chose, and stay quiet when they are set from outside. */
import { element } from './element';

export interface Option {
  readonly value: string;
  readonly label: string;
}

export interface Choice {
  readonly node: HTMLElement;
  draw(options: readonly Option[], value: string): void;
}

/** The label is seen and read; `onChange` hears only of the user. */
export function createChoice(label: string, onChange: (value: string) => void): Choice {
  const dropdown = element('vscode-dropdown', { 'aria-label': label }) as HTMLElement & { value: string };
  const node = element('div', { class: 'choice' }, element('span', { 'aria-hidden': 'true' }, label), dropdown);
  let drawn = '';
  let current = '';
  dropdown.addEventListener('change', () => {
    if (dropdown.value === current) return;
    current = dropdown.value;
    onChange(current);
  });
  return {
    node,
    draw: (options, value) => {
      current = value;
      const text = JSON.stringify(options);
      if (text !== drawn) {
        drawn = text;
        const made = options.map((one) =>
          element('vscode-option', { value: one.value, title: one.label, selected: one.value === value }, one.label),
        );
        dropdown.replaceChildren(...made);
      }
      dropdown.value = value;
    },
  };
}

export interface Toggle {
  readonly node: HTMLElement;
  draw(isOn: boolean): void;
}

export function createToggle(label: string, onChange: (isOn: boolean) => void): Toggle {
  const node = element('vscode-checkbox', {}, label) as HTMLElement & { checked: boolean };
  let current = false;
  node.addEventListener('change', () => {
    if (node.checked === current) return;
    current = node.checked;
    onChange(current);
  });
  return {
    node,
    draw: (isOn) => {
      current = isOn;
      node.checked = isOn;
    },
  };
}

/** A small button of words for what is done now and then. */
export function createTextButton(label: string, title: string, onClick: () => void): HTMLElement {
  // What is seen is part of the name, for those who speak to their machine.
  const name = title.toLowerCase().includes(label.toLowerCase()) ? title : `${label}: ${title}`;
  const button = element('vscode-button', { 'aria-label': name, title, appearance: 'icon' }, label);
  button.addEventListener('click', onClick);
  return button;
}
