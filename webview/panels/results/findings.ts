/** The figures in words, one sentence a transfer. */
import { select } from 'd3';
import type { Finding } from '../../../src/shared/views/report/findings';
import { element } from '../../ui/element';
import type { Part, ResultsChannel } from './part';

export function createFindings(channel: ResultsChannel): Part {
  const list = element('ul', { class: 'findings-list' });
  const node = element(
    'details',
    { class: 'findings' },
    element('summary', {}, 'Findings'),
    list,
  ) as HTMLDetailsElement;
  node.open = channel.view.isFindingsOpen;
  node.addEventListener('toggle', () => channel.saveView({ isFindingsOpen: node.open }));
  return {
    node,
    draw: ({ findings }) => {
      node.hidden = findings.length === 0;
      const items = select(list)
        .selectAll<HTMLElement, Finding>('li')
        .data(findings, ({ transfer, sentence }) => `${transfer} ${sentence}`)
        .join((enter) => {
          const item = enter.append('li');
          item.append('b');
          item.append('span');
          return item;
        })
        .order();
      items.select('b').text(({ transfer }) => `${transfer}: `);
      items.select('span').text(({ sentence }) => sentence);
    },
  };
}
