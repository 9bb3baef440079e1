/** A labelled range with its value beside it. */
import { element } from './element';

export interface Slider {
  readonly node: HTMLElement;
  draw(value: number): void;
  /** For a range that is known only when there is something to slide over; before `draw`. */
  setRange(range: SliderRange): void;
}

export interface SliderRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface SliderOptions extends SliderRange {
  readonly label: string;
  readonly title: string;
  readonly format: (value: number) => string;
  readonly onInput: (value: number) => void;
}

export function createSlider({ label, title, min, max, step, format, onInput }: SliderOptions): Slider {
  const input = element('input', { type: 'range', min, max, step, 'aria-label': label }) as HTMLInputElement;
  const output = element('output', { class: 'slider-value' });
  const write = (): void => {
    output.textContent = format(Number(input.value));
    input.setAttribute('aria-valuetext', output.textContent);
  };
  input.addEventListener('input', () => {
    write();
    onInput(Number(input.value));
  });
  return {
    node: element('label', { class: 'slider', title }, element('span', {}, label), input, output),
    draw: (value) => {
      // While it is dragged it is ahead of what has been drawn.
      if (document.activeElement !== input || Number(input.value) !== value) input.value = String(value);
      write();
    },
    setRange: (range) => {
      input.min = String(range.min);
      input.max = String(range.max);
      input.step = String(range.step);
    },
  };
}
