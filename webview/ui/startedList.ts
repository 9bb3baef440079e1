/** Analyses that were started and are under way: how far they are, and a button that ends them. */
import type { AnalysisIntent, StartedAnalysis } from '../../src/shared/protocol/panels/analysisStart';
import { element } from './element';
import { createIcon, drawIcon } from './icons';

export interface StartedList {
  readonly node: HTMLElement;
  draw(started: readonly StartedAnalysis[]): void;
}

interface Row {
  readonly node: HTMLElement;
  draw(one: StartedAnalysis): void;
}

export function createStartedList(send: (intent: AnalysisIntent) => void): StartedList {
  const node = element('ul', { class: 'started', 'aria-label': 'Analyses under way', hidden: true });
  const rows = new Map<string, Row>();
  return {
    node,
    draw: (started) => {
      node.hidden = started.length === 0;
      for (const [id, row] of rows) {
        if (started.some((one) => one.id === id)) continue;
        row.node.remove();
        rows.delete(id);
      }
      for (const one of started) {
        const row = rows.get(one.id) ?? createRow(one.id, send);
        rows.set(one.id, row);
        row.draw(one);
        if (!row.node.isConnected) node.append(row.node);
      }
    },
  };
}

function createRow(id: string, send: (intent: AnalysisIntent) => void): Row {
  const icon = createIcon();
  const title = element('strong');
  const text = element('span', { class: 'started-text' });
  const bar = element('progress', { max: 1 }) as HTMLProgressElement;
  const button = element('vscode-button', { appearance: 'secondary' });
  button.addEventListener('click', () => send({ type: 'cancelAnalysis', id }));
  const node = element('li', {}, icon, title, bar, text, button);
  return {
    node,
    draw: ({ title: name, state, fraction, text: words }) => {
      drawIcon(icon, state, fraction);
      title.textContent = name;
      text.textContent = words;
      text.classList.toggle('problem', state === 'failed');
      bar.hidden = fraction === undefined;
      bar.value = fraction ?? 0;
      bar.setAttribute('aria-label', `${name}: ${words}`);
      button.textContent = state === 'failed' ? 'Dismiss' : 'Cancel';
      button.setAttribute('aria-label', `${button.textContent} ${name}`);
      button.hidden = state === 'stopping';
    },
  };
}
