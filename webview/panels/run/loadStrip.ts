/** The machine's load as small areas, each with its last and highest value in words. */
import { area, select } from 'd3';
import type { LoadCurve } from '../../../src/shared/protocol/panels/runPanel';
import { element } from '../../ui/element';

const size = { width: 160, height: 36 };

export function createLoadStrip(): { readonly element: HTMLElement; update(curves: readonly LoadCurve[]): void } {
  const empty = element('p', { class: 'quiet' }, 'The worker has not told of its load.');
  const strip = element('div', { class: 'load' });
  return {
    element: element('div', {}, empty, strip),
    update: (curves) => {
      empty.hidden = curves.length > 0;
      const items = select(strip)
        .selectAll<HTMLElement, LoadCurve>('div')
        .data(curves, ({ title }) => title);
      const merged = items.join((enter) => {
        const item = enter.append('div');
        item.append('span').attr('class', 'name');
        item.append('span').attr('class', 'now');
        const svg = item.append('svg').attr('role', 'img').attr('viewBox', `0 0 ${size.width} ${size.height}`);
        svg.attr('preserveAspectRatio', 'none').append('path');
        item.append('span').attr('class', 'quiet most');
        return item;
      });
      merged.select('.name').text(({ title }) => title);
      merged.select('.now').text(({ now }) => now);
      merged.select('.most').text(({ mostText }) => `highest ${mostText}`);
      merged.select('svg').attr('aria-label', ({ title, now, mostText }) => `${title}: ${now}, highest ${mostText}`);
      merged.select('path').attr('d', ({ points: { x, y }, most }) => {
        const last = x.at(-1) || 1;
        const shape = area<number>(
          (i) => (size.width * x[i]!) / last,
          size.height,
          (i) => size.height * (1 - (0.95 * (y[i] ?? 0)) / (most || 1)),
        );
        return shape.digits(1)(x.map((_, i) => i));
      });
    },
  };
}
