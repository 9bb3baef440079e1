/** The legend of the Layers panel: its entries are marked like their lines and rows. */
import type { LayersPretraining } from '../../../src/shared/protocol/panels/layersPanel';
import { seriesLook } from '../../charts/series';
import { createSwitchLegend } from '../../charts/switchLegend';
import { element } from '../../ui/element';
import type { Looking } from './looking';

export interface Legend {
  readonly node: HTMLElement;
  draw(pretrainings: readonly LayersPretraining[], hidden: ReadonlySet<string>): void;
  mark(): void;
}

export function createLegend(looking: Looking, setHidden: (hidden: readonly string[]) => void): Legend {
  const legend = createSwitchLegend({
    label: 'Pretrainings in the chart',
    onHide: setHidden,
    onPoint: (id) => looking.hover(id === undefined ? {} : { pretraining: id }),
  });
  const all = element('button', { type: 'button', class: 'link plain' }, 'Show all');
  all.addEventListener('click', () => setHidden([]));
  return {
    node: element('div', { class: 'legend-row' }, legend.node, all),
    draw: (pretrainings, hidden) => {
      all.hidden = !pretrainings.some(({ id }) => hidden.has(id));
      legend.draw(
        pretrainings.map(({ id, look, origin, isStale }) => {
          const isHidden = hidden.has(id);
          const act = isHidden ? 'show' : 'hide';
          const title = `${id}: ${origin}${isStale ? '; changed in the file since' : ''}. Press to ${act} it.`;
          return { id, label: id, look: seriesLook(look), title, isHidden, isStale };
        }),
      );
    },
    mark: () => legend.mark(looking.hovered.pretraining ?? looking.chosen.pretraining),
  };
}
