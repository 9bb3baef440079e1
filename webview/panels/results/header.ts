/** Name and problems of the file, how its last run stands, and the buttons that make sense now. */
import { select } from 'd3';
import type { RunButton, RunLine, ShownResults } from '../../../src/shared/protocol/panels/resultsPanel';
import { element } from '../../ui/element';
import { createIcon, drawIcon } from '../../ui/icons';
import type { Part, ResultsChannel } from './part';

export function createHeader(channel: ResultsChannel): Part {
  const name = element('button', { class: 'link-button file-name', type: 'button' });
  name.addEventListener('click', () => channel.send({ type: 'openFile' }));
  const problems = createProblems(channel);
  const run = createRunLine();
  const buttons = createButtons(channel);
  const hint = element('p', { class: 'quiet hint' });
  const title = element('div', { class: 'title' }, element('h1', {}, name), problems.node);
  return {
    node: element('header', {}, title, run.node, buttons.node, hint),
    draw: (model) => {
      name.textContent = model.name;
      name.title = `${model.name}\n${model.path}`;
      problems.draw(model);
      run.draw(model.run);
      buttons.draw(model);
      hint.textContent = model.hint ?? '';
      hint.hidden = model.hint === undefined;
    },
  };
}

function createProblems(channel: ResultsChannel): Part {
  const icon = createIcon();
  drawIcon(icon, 'warning');
  const text = element('span');
  const node = element('button', { class: 'link-button problems', type: 'button' }, icon, text);
  node.addEventListener('click', () => channel.send({ type: 'showProblems' }));
  return {
    node,
    draw: ({ problems }) => {
      node.hidden = problems === undefined;
      text.textContent = problems?.text ?? '';
      node.classList.toggle('has-errors', problems?.isError ?? false);
      node.title = 'Show them in the Problems view';
    },
  };
}

function createRunLine(): { readonly node: HTMLElement; draw(run: RunLine): void } {
  const icon = createIcon();
  const name = element('span', { class: 'run-name' });
  const state = element('span', { class: 'run-state' });
  const summary = element('span', { class: 'quiet run-summary' });
  const left = element('span', { class: 'quiet run-left' });
  const bar = element('div', { class: 'bar-done' });
  const track = element('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100 }, bar);
  const message = element('p', { class: 'run-message' });
  const line = element('div', { class: 'run-line' }, icon, name, state, summary, left);
  return {
    node: element('div', { class: 'run' }, line, track, message),
    draw: (run) => {
      drawIcon(icon, run.state, run.fraction);
      name.textContent = run.run;
      name.title = run.run;
      state.textContent = run.state === 'none' ? '' : run.state;
      summary.textContent = run.summary;
      left.textContent = run.left ?? '';
      drawBar(track, bar, { fraction: run.fraction, label: `Progress of ${run.run}` });
      message.textContent = run.message ?? '';
      message.hidden = run.message === undefined;
      message.classList.toggle('problem', run.state === 'failed' || run.state === 'unreadable');
    },
  };
}

/** A bar without a fraction is not there. */
export function drawBar(
  track: HTMLElement,
  bar: HTMLElement,
  { fraction, label }: { readonly fraction: number | undefined; readonly label: string },
): void {
  track.hidden = fraction === undefined;
  if (fraction === undefined) return;
  const percent = Math.floor(100 * fraction);
  track.setAttribute('aria-valuenow', String(percent));
  track.setAttribute('aria-label', label);
  bar.style.width = `${100 * fraction}%`;
}

function createButtons(channel: ResultsChannel): Part {
  const node = element('div', { class: 'buttons' });
  const actions = element('span', { class: 'actions' });
  const target = { run: '', out: '' };
  const quiet = (label: string, title: string, type: 'openRun' | 'showLog'): HTMLElement => {
    const made = element('vscode-button', { appearance: 'secondary', class: 'quiet-button', title }, label);
    made.addEventListener('click', () => channel.send({ type, target: { ...target } }));
    return made;
  };
  const links = element(
    'span',
    { class: 'actions' },
    quiet('Curves', 'Open the Run panel of this run', 'openRun'),
    quiet('Log', 'Show the log of this run', 'showLog'),
  );
  node.append(actions, links);
  return {
    node,
    draw: ({ buttons, run }: ShownResults) => {
      links.hidden = run.target === undefined;
      Object.assign(target, run.target);
      select(actions)
        .selectAll<HTMLElement, RunButton>('vscode-button')
        .data(buttons, ({ action }) => action)
        .join((enter) => enter.append((button) => createButton(channel, button)))
        // The toolkit's button listens to the property, not to the attribute.
        .property('appearance', ({ isPrimary }) => (isPrimary ? 'primary' : 'secondary'))
        .attr('title', ({ title }) => title)
        .order()
        .select('.label')
        .text(({ label }) => label);
    },
  };
}

function createButton(channel: ResultsChannel, { action }: RunButton): HTMLElement {
  const icon = createIcon();
  drawIcon(icon, action);
  icon.setAttribute('slot', 'start');
  // No span: the toolkit takes those for icons and gives them an icon's width.
  const made = element('vscode-button', {}, icon, element('div', { class: 'label' }));
  made.addEventListener('click', () => channel.send({ type: action }));
  return made;
}
