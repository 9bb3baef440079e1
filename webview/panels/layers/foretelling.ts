/** How far the measure of a layer foretells transfers. Resampling takes milliseconds, which a pointer that moves would make many of. */
import { describeForetelling } from '../../../src/shared/views/layers/layersForetelling';
import { element } from '../../ui/element';
import { drawList } from '../../ui/drawList';
import type { LayersShown } from './panelState';

export interface Foretelling {
  readonly node: HTMLElement;
  draw(shown: LayersShown, layer: string | undefined): void;
}

export function createForetelling(): Foretelling {
  const node = element('ul', { class: 'readings', 'aria-label': 'Against transfers' });
  let drawn: { readonly model: LayersShown['model']; readonly what: string } | undefined;
  return {
    node,
    draw: ({ model, only, depths }, layer) => {
      const metric = only && depths[0]?.metric;
      const what = JSON.stringify([only?.id, metric, layer]);
      if (drawn?.model === model && drawn.what === what) return;
      drawn = { model, what };
      const isKnown = only !== undefined && metric !== undefined && layer !== undefined;
      drawList(node, isKnown ? describeForetelling(model, { source: only, metric, layer }) : []);
    },
  };
}
