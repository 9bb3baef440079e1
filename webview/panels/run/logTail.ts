/** The last lines of the run's log. Follows what is new, unless the user has scrolled away from the end. */
import { select } from 'd3';
import type { LogLevel } from '../../../src/shared/protocol/panels/runPanel';
import type { LogLine } from '../../../src/shared/results/runManifest';
import { element } from '../../ui/element';
import type { RunChannel } from './runChannel';

const levels: readonly LogLevel[] = ['info', 'warning', 'error'];
const levelTexts: Readonly<Record<LogLevel, string>> = {
  info: 'Everything',
  warning: 'Warnings and errors',
  error: 'Errors',
};
/** Px from the end that still count as being there. */
const NEAR_END = 24;

interface Dropdown extends HTMLElement {
  value: string;
}

export function createLogTail(channel: RunChannel): {
  readonly element: HTMLElement;
  update(lines: readonly LogLine[]): void;
} {
  const options = levels.map((level) =>
    element('vscode-option', { value: level, selected: level === channel.view.level }, levelTexts[level]),
  );
  const filter = element('vscode-dropdown', { 'aria-label': 'Level of the log lines' }, ...options) as Dropdown;
  const list = element('ol');
  const box = element('div', { class: 'log', tabindex: 0, role: 'log', 'aria-label': 'Log of the run' }, list);
  const empty = element('p', { class: 'quiet' });
  let shown: readonly LogLine[] = [];
  let isFollowing = true;
  box.addEventListener('scroll', () => {
    isFollowing = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  });
  const draw = (): void => {
    const least = levels.indexOf(channel.view.level);
    const lines = shown.filter(({ level }) => levels.indexOf(level) >= least);
    empty.textContent = shown.length === 0 ? 'Nothing has been logged.' : 'No line of this level among the last 200.';
    empty.hidden = lines.length > 0;
    box.hidden = lines.length === 0;
    const items = select(list)
      .selectAll<HTMLElement, LogLine>('li')
      .data(lines, (line) => JSON.stringify(line));
    const merged = items.join((enter) => {
      const item = enter.append('li');
      for (const part of ['time', 'level', 'message']) item.append('span').attr('class', part);
      return item;
    });
    merged.order().attr('data-level', ({ level }) => level);
    merged
      .select('.time')
      .text(({ at }) => at.slice(11, 19))
      .attr('title', ({ at }) => at);
    merged.select('.level').text(({ level }) => level);
    merged.select('.message').text(({ stage, message }) => (stage === undefined ? message : `${stage}: ${message}`));
    if (isFollowing) box.scrollTop = box.scrollHeight;
  };
  filter.addEventListener('change', () => {
    const level = levels.find((one) => one === filter.value);
    if (!level || level === channel.view.level) return;
    channel.saveView({ level });
    draw();
  });
  return {
    element: element('div', {}, element('div', { class: 'toolbar' }, filter), empty, box),
    update: (lines) => {
      shown = lines;
      draw();
    },
  };
}
