/** What run this is, how far it is, what can be done with it, and what it was made with. */
import { select } from 'd3';
import type { Fact, RunAction, RunPanelModel } from '../../../src/shared/protocol/panels/runPanel';
import { element } from '../../ui/element';
import type { RunChannel } from './runChannel';

const actionTexts: Readonly<Record<RunAction, string>> = {
  stop: 'Stop',
  stopAfterStage: 'Stop After This Stage',
  resume: 'Resume',
  openReport: 'Open Report',
  showLog: 'Show Log',
  revealRunFolder: 'Reveal Folder',
};

/** What one most likely wants in this state. */
const primary: ReadonlySet<RunAction> = new Set(['stop', 'resume']);

export function createHeader(channel: RunChannel): {
  readonly element: HTMLElement;
  update(model: RunPanelModel): void;
} {
  const title = element('h1');
  const summary = element('p', { class: 'summary', role: 'status' });
  const bar = element(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      'aria-label': 'Progress of the run',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    element('div'),
  );
  const messages = element('div', { class: 'messages' });
  const actions = element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'This run' });
  const facts = element('dl', { class: 'facts' });
  const root = element('header', {}, title, summary, bar, messages, actions, facts);
  return {
    element: root,
    update: (model) => {
      title.textContent = model.run;
      title.title = model.experiment;
      summary.textContent = model.summary;
      summary.dataset.state = model.state;
      bar.hidden = model.progress === undefined;
      const percent = Math.round(100 * (model.progress ?? 0));
      bar.setAttribute('aria-valuenow', String(percent));
      (bar.firstElementChild as HTMLElement).style.width = `${percent}%`;
      select(messages)
        .selectAll('p')
        .data(model.messages)
        .join('p')
        .attr('class', 'problem')
        .text((message) => message);
      drawActions(actions, model.actions, channel);
      drawFacts(facts, model.facts);
    },
  };
}

function drawActions(bar: HTMLElement, actions: readonly RunAction[], channel: RunChannel): void {
  const buttons = select(bar)
    .selectAll<HTMLElement, RunAction>('vscode-button')
    .data(actions, (action) => action);
  const merged = buttons.join((enter) => enter.append((action) => createButton(action)));
  merged.on('click', (_, action) => channel.send({ type: 'act', action })).order();
}

/** Made whole: a button of the toolkit takes its look when it enters the page. */
function createButton(action: RunAction): HTMLElement {
  return element('vscode-button', { appearance: primary.has(action) ? 'primary' : 'secondary' }, actionTexts[action]);
}

function drawFacts(list: HTMLElement, facts: readonly Fact[]): void {
  const items = select(list)
    .selectAll<HTMLElement, Fact>('div')
    .data(facts, ({ label }) => label);
  const merged = items.join((enter) => {
    const item = enter.append('div');
    item.append('dt');
    item.append('dd');
    return item;
  });
  merged.select('dt').text(({ label }) => label);
  merged
    .select('dd')
    .text(({ value }) => value)
    .attr('title', ({ title, value }) => title ?? value);
}
