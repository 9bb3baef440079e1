/** Which look belongs to which pretraining; each can be switched off, and is marked like its line and its row. */
import { select } from 'd3';
import type { LayersPretraining } from '../../../src/shared/protocol/panels/layersPanel';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { element } from '../../ui/element';
import type { Looking } from './looking';

export interface Legend {
  readonly node: HTMLElement;
  draw(pretrainings: readonly LayersPretraining[], hidden: ReadonlySet<string>): void;
  mark(): void;
}

export function createLegend(looking: Looking, setHidden: (hidden: readonly string[]) => void): Legend {
  const list = element('ul', { class: 'layers-legend', 'aria-label': 'Pretrainings in the chart' });
  const all = element('button', { type: 'button', class: 'link plain' }, 'Show all');
  const node = element('div', { class: 'legend-row' }, list, all);
  let shown: ReadonlySet<string> = new Set();
  all.addEventListener('click', () => setHidden([]));
  const toggle = (id: string): void => {
    const next = new Set(shown);
    if (!next.delete(id)) next.add(id);
    setHidden([...next]);
  };
  return {
    node,
    draw: (pretrainings, hidden) => {
      shown = hidden;
      all.hidden = !pretrainings.some(({ id }) => hidden.has(id));
      const items = select(list)
        .selectAll<HTMLLIElement, LayersPretraining>('li')
        .data(pretrainings, ({ id }) => id)
        .join((enter) => {
          const made = enter.append('li');
          const button = made.append('button').attr('type', 'button');
          drawSwatch(button, ({ look }) => seriesLook(look));
          button
            .append('span')
            .attr('class', 'name')
            .text(({ id }) => id);
          button.on('click', (_, { id }) => toggle(id));
          button.on('mouseenter focus', (_, { id }) => looking.hover({ pretraining: id }));
          button.on('mouseleave blur', () => looking.hover({}));
          return made;
        })
        .order();
      const buttons = items.select<HTMLButtonElement>('button');
      buttons.attr('aria-pressed', ({ id }) => String(!hidden.has(id)));
      buttons.attr('title', ({ id, origin, isStale }) => {
        const act = hidden.has(id) ? 'show' : 'hide';
        return `${id}: ${origin}${isStale ? '; changed in the file since' : ''}. Press to ${act} it.`;
      });
      buttons.classed('is-stale', ({ isStale }) => isStale);
    },
    mark: () => {
      const { hovered, chosen } = looking;
      const one = hovered.pretraining ?? chosen.pretraining;
      select(list)
        .selectAll<HTMLLIElement, LayersPretraining>('li')
        .classed('is-marked', ({ id }) => id === one);
    },
  };
}
