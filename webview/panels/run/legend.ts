/** Which line belongs to what; each can be switched off, or (with Shift) all others. */
import { select, symbol } from 'd3';
import type { CurveSeries } from '../../../src/shared/protocol/panels/runPanel';
import { dashOf } from '../../charts/curveChart';
import { seriesLook } from '../../charts/series';
import { element } from '../../ui/element';
import type { RunChannel } from './runChannel';

export function createLegend(
  channel: RunChannel,
  onChange: () => void,
): { readonly element: HTMLElement; update(series: readonly CurveSeries[]): void } {
  const list = element('ul', { class: 'legend', 'aria-label': 'Legend: switch lines on and off' });
  let shown: readonly CurveSeries[] = [];
  const toggle = (id: string, isOnly: boolean): void => {
    const { hidden } = channel.view;
    const others = shown.filter((one) => one.id !== id).map((one) => one.id);
    const isAlone = !hidden.includes(id) && others.every((other) => hidden.includes(other));
    const single = isAlone ? [] : others;
    const flipped = hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id];
    channel.saveView({ hidden: isOnly ? single : flipped });
    update(shown);
    onChange();
  };
  const update = (series: readonly CurveSeries[]): void => {
    shown = series;
    const items = select(list)
      .selectAll<HTMLElement, CurveSeries>('li')
      .data(series, ({ id }) => id);
    const merged = items.join((enter) => {
      const item = enter.append('li');
      const button = item.append('button').attr('type', 'button');
      const svg = button.append('svg').attr('width', 30).attr('height', 14).attr('aria-hidden', 'true');
      svg.append('path').attr('class', 'line').attr('d', 'M0,7H30');
      svg.append('path').attr('class', 'mark').attr('transform', 'translate(15,7)');
      button.append('span');
      return item;
    });
    const buttons = merged.order().select<HTMLButtonElement>('button');
    buttons.attr('aria-pressed', ({ id }) => String(!channel.view.hidden.includes(id)));
    buttons.attr('title', ({ label }) => `${label}: click to switch on or off, with Shift to show it alone`);
    buttons.on('click', (event: MouseEvent, { id }) => toggle(id, event.shiftKey));
    buttons
      .select('.line')
      .attr('stroke', ({ colour }) => seriesLook(colour).colour)
      .attr('stroke-dasharray', (one) => dashOf(one) ?? null);
    buttons
      .select('.mark')
      .attr('fill', ({ colour }) => seriesLook(colour).colour)
      .attr('d', ({ colour }) => symbol(seriesLook(colour).symbol, 44)());
    buttons.select('span').text(({ label }) => label);
    list.hidden = series.length === 0;
  };
  return { element: list, update };
}
