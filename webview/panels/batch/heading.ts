/** What is looked at and how far it is: title, facts, buttons, what is being computed, and which update is on screen. */
import type { BatchModel, BatchView } from '../../../src/shared/protocol/panels/batchPanel';
import { linkWords } from '../../../src/shared/protocol/panels/links';
import { describeStep } from '../../../src/shared/views/batch/batchPanel';
import type { BatchSteps } from '../../../src/shared/views/batch/batchSteps';
import { formatFigure, formatStepTime } from '../../../src/shared/views/batch/formatFigures';
import { formatCount, formatDuration, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import type { BatchInspection } from '../../../src/shared/results/batchInspection';
import { createChoice, createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { drawFacts, type BatchActions } from './part';

export interface Heading {
  readonly node: HTMLElement;
  draw(model: BatchModel, steps: BatchSteps, view: BatchView): void;
  fail(message: string): void;
}

export function createHeading({ send, change }: Pick<BatchActions, 'send' | 'change'>): Heading {
  const title = element('h1');
  const place = element('button', { type: 'button', class: 'plain link' }, linkWords.experiment);
  place.addEventListener('click', () => send({ type: 'reveal' }));
  const weights = element('p', { class: 'quiet weights' });
  const facts = element('dl', { class: 'facts' });
  const stale = element('p', { class: 'hint' }, 'The experiment file has changed since; Start Over takes it up.');
  const problem = element('p', { class: 'problem', role: 'alert' });
  const buttons = createButtons(send);
  const busy = createBusy();
  const step = createChoice('Look at', (value) => change({ step: value === NEWEST ? undefined : Number(value) }));
  const times = element('span', { class: 'quiet times' });
  const bar = element('div', { class: 'toolbar' }, ...buttons.nodes, busy.node);
  const looking = element('div', { class: 'toolbar looking' }, step.node, times);
  const head = element('div', { class: 'title-line' }, title, place);
  return {
    node: element('header', {}, head, weights, facts, stale, problem, bar, looking),
    draw: (model, steps, view) => {
      const { session } = model;
      title.textContent = model.title;
      weights.textContent = session?.weights ?? '';
      weights.hidden = !session;
      drawFacts(facts, model.facts);
      stale.hidden = !model.isStale || !session;
      problem.hidden = model.message === undefined;
      problem.textContent = model.message ?? '';
      buttons.draw(model);
      busy.draw(model);
      looking.hidden = !session || steps.kept.length === 0;
      if (!session || looking.hidden) return;
      const kept = steps.kept.map((one) => ({ value: String(one.step), label: describeStep(session, one.step) }));
      const isKept = steps.kept.some((one) => one.step === view.step);
      const newest = { value: NEWEST, label: `newest (${formatCount(steps.kept.at(-1)!.step + 1)})` };
      step.draw([newest, ...kept.reverse()], isKept ? String(view.step) : NEWEST);
      times.textContent = describeTimes(steps.kept.find((one) => one.step === view.step) ?? steps.kept.at(-1)!);
    },
    fail: (message) => {
      problem.hidden = false;
      problem.textContent = message;
    },
  };
}

const NEWEST = 'newest';

function describeTimes({ seconds, learningRate, gradientNorm }: BatchInspection): string {
  const { batch, gradients, update } = seconds;
  const rate = learningRate === undefined ? '' : `learning rate ${Number(learningRate.toPrecision(4))} · `;
  const length = gradientNorm === undefined ? '' : `gradient ${formatFigure(gradientNorm)} · `;
  return `${rate}${length}batch ${formatStepTime(batch)}, gradients ${formatStepTime(gradients)}, update ${formatStepTime(update)}`;
}

interface Buttons {
  readonly nodes: readonly HTMLElement[];
  draw(model: BatchModel): void;
}

function createButtons(send: BatchActions['send']): Buttons {
  const button = (appearance: string, label: string, title: string, act: () => void): HTMLElement => {
    const made = element('vscode-button', { appearance, title }, label);
    made.addEventListener('click', act);
    return made;
  };
  const start = button('primary', 'Start', 'Get the stage ready and make one update', () =>
    send({ type: 'startOver', fromCheckpoint: true }),
  );
  const trust = button('primary', 'Manage Trust', 'Trust this workspace to run its experiments', () =>
    send({ type: 'trust' }),
  );
  const one = button('primary', 'Step', 'Make the next update', () => send({ type: 'step', count: 1 }));
  const ten = button('secondary', 'Step × 10', 'Make ten updates', () => send({ type: 'step', count: 10 }));
  const over = button('secondary', 'Start Over', 'Begin again with the file as it is now', () =>
    send({ type: 'startOver', fromCheckpoint: true }),
  );
  const first = button(
    'secondary',
    'From the Start',
    'Begin at the start of the training and not at its checkpoint',
    () => send({ type: 'startOver', fromCheckpoint: false }),
  );
  const attach = button('secondary', 'Attach Debugger', 'Stop in the worker’s JavaScript at breakpoints', () =>
    send({ type: 'attach' }),
  );
  const pause = createTextButton('Stop after this one', 'Stop after this one of the updates', () =>
    send({ type: 'pause' }),
  );
  const cancel = createTextButton('Cancel', 'Cancel: ends the process', () => send({ type: 'cancel' }));
  return {
    nodes: [start, trust, one, ten, over, first, attach, pause, cancel],
    draw: ({ state, isTrusted, session, wanted, made }) => {
      const isBusy = state === 'opening' || state === 'stepping';
      const left = session ? session.steps - session.startedAt - made : 0;
      const isAtEnd = session?.isTrained === true && left <= 0;
      start.hidden = !isTrusted || (state !== 'idle' && state !== 'ended');
      start.textContent = state === 'ended' ? 'Start Again' : 'Start';
      trust.hidden = isTrusted;
      for (const step of [one, ten]) {
        step.hidden = state !== 'ready' && state !== 'stepping';
        step.toggleAttribute('disabled', isBusy || isAtEnd);
      }
      over.hidden = state !== 'ready';
      first.hidden = over.hidden || !session || session.startedAt === 0;
      attach.hidden = state === 'idle' || state === 'ended';
      pause.hidden = state !== 'stepping' || wanted < 2;
      cancel.hidden = !isBusy;
    },
  };
}

/** A ring, what is being computed, and for how long already. */
function createBusy(): { readonly node: HTMLElement; draw(model: BatchModel): void } {
  const words = element('span');
  const clock = element('span', { class: 'quiet clock', 'aria-hidden': 'true' });
  const ring = element('vscode-progress-ring', { 'aria-label': 'Computing' });
  const node = element('div', { class: 'busy', hidden: true }, ring, words, clock);
  let since = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let doing = '';
  return {
    node,
    draw: ({ state, wanted, made, session }) => {
      const isBusy = state === 'opening' || state === 'stepping';
      node.hidden = !isBusy;
      const next = `${state} ${made}`;
      if (next !== doing) since = performance.now();
      doing = next;
      clearInterval(timer);
      if (!isBusy) return;
      const more = wanted > 1 ? `, ${formatNumberOf(wanted - 1, 'more update')} after it` : '';
      const at = session ? describeStep(session, session.startedAt + made) : '';
      words.textContent =
        state === 'opening' ? 'Getting data and weights ready' : `Computing ${at.toLowerCase()}${more}`;
      const tick = (): void => {
        clock.textContent = formatDuration((performance.now() - since) / 1000);
      };
      tick();
      timer = setInterval(tick, 1000);
    },
  };
}
