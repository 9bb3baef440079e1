/** One slider for the layer that charts, tables, matrix and histograms look at; other panels hear of it when it is let go. */
import { element } from '../../ui/element';
import type { Looking } from './looking';

export interface LayerSlider {
  readonly node: HTMLElement;
  /** Layers in depth order. */
  draw(layers: readonly string[]): void;
  mark(): void;
}

export function createLayerSlider(looking: Looking): LayerSlider {
  const input = element('input', { type: 'range', min: 0, step: 1, 'aria-label': 'Layer' }) as HTMLInputElement;
  const output = element('output', { class: 'slider-value' });
  const label = element('span', { class: 'quiet', 'aria-hidden': 'true' }, 'Layer');
  const node = element('div', { class: 'slider layer-slider' }, label, input, output);
  let layers: readonly string[] = [];
  const at = (): string | undefined => layers[Number(input.value)];
  const write = (): void => {
    output.textContent = at() ?? '';
    input.setAttribute('aria-valuetext', at() ?? '');
  };
  input.addEventListener('input', () => {
    write();
    looking.hover({ layer: at() });
  });
  input.addEventListener('change', () => {
    const layer = at();
    looking.hover({});
    looking.choose({ layer });
  });
  return {
    node,
    draw: (next) => {
      layers = next;
      input.max = String(Math.max(0, next.length - 1));
      node.hidden = next.length < 2;
    },
    mark: () => {
      const place = layers.indexOf(currentLayer(looking, layers) ?? '');
      if (place >= 0) input.value = String(place);
      write();
    },
  };
}

/** What is pointed at, else what was chosen, else the deepest. */
export function currentLayer({ hovered, chosen }: Looking, layers: readonly string[]): string | undefined {
  return [hovered.layer, chosen.layer].find((layer) => layer !== undefined && layers.includes(layer)) ?? layers.at(-1);
}
