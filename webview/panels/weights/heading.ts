/** What the file is: name, how far the reading is, facts, whether it fits, and what it should be read as instead. */
import type { WeightsIntent, WeightsModel } from '../../../src/shared/protocol/panels/weightsPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';

export interface Heading {
  readonly node: HTMLElement;
  draw(model: WeightsModel, warnings: readonly string[]): void;
  /** Tensors measured so far. */
  progress(model: WeightsModel, measured: number): void;
  fail(message: string): void;
}

export interface HeadingOptions {
  readonly send: (intent: WeightsIntent) => void;
  readonly onBackbone: (backbone: string) => void;
}

export function createHeading({ send, onBackbone }: HeadingOptions): Heading {
  const title = element('h1');
  const state = element('p', { class: 'quiet state' });
  const bar = element('progress', { 'aria-label': 'Tensors measured' }) as HTMLProgressElement;
  const problem = element('p', { class: 'problem', role: 'alert' });
  const facts = element('dl', { class: 'facts' });
  const verdict = element('p', { class: 'verdict' });
  const backbone = createChoice('Backbone', onBackbone);
  const use = element('button', { type: 'button', class: 'link plain' });
  use.addEventListener('click', () => send({ type: 'revealUse' }));
  const imports = element(
    'vscode-button',
    { appearance: 'secondary', title: 'Write a pretraining with these weights into an experiment' },
    'Import into an experiment…',
  );
  imports.addEventListener('click', () => send({ type: 'import' }));
  const proposals = createProposals(send);
  const warnings = element('ul', { class: 'warnings', 'aria-label': 'Warnings' });
  const judged = element('div', { class: 'judged' }, backbone.node, verdict, imports);
  let drawn = '';
  return {
    node: element('header', {}, title, state, bar, problem, facts, judged, proposals.node, warnings),
    draw: (model, sentences) => {
      title.textContent = model.other === undefined ? model.name : `${model.name} against ${model.other}`;
      problem.textContent = model.message ?? '';
      problem.hidden = model.message === undefined;
      use.textContent = model.usedBy === undefined ? '' : `Imported by ${model.usedBy}`;
      const text = JSON.stringify(model.facts);
      if (text !== drawn) {
        drawn = text;
        facts.replaceChildren(
          ...model.facts.map(({ label, value }) =>
            element('div', {}, element('dt', {}, label), element('dd', {}, value)),
          ),
        );
      }
      const isKnown = model.facts.length > 0;
      judged.hidden = !isKnown;
      backbone.draw(model.backbones, model.backbone);
      verdict.textContent = model.verdict;
      verdict.dataset.fits = String(model.fits ?? 'unknown');
      imports.hidden = !model.canImport;
      proposals.draw(model);
      warnings.hidden = sentences.length === 0;
      drawList(warnings, sentences);
    },
    progress: (model, measured) => {
      const isReading = model.state === 'opening' || model.state === 'reading';
      bar.hidden = !isReading;
      bar.max = Math.max(1, model.stored);
      if (model.state === 'reading') bar.value = measured;
      else bar.removeAttribute('value');
      state.replaceChildren(describeState(model, measured));
      if (use.textContent) state.append(' · ', use);
    },
    fail: (message) => {
      problem.textContent = message;
      problem.hidden = false;
      bar.hidden = true;
    },
  };
}

function describeState({ path, state, stored }: WeightsModel, measured: number): string {
  const how = {
    opening: 'opening',
    reading: `${formatCount(measured)} of ${formatCount(stored)} tensors measured`,
    done: 'all tensors measured',
    failed: 'not read to its end',
  };
  return `${path} · ${how[state]}`;
}

/** Other beginnings of names, with a button that writes each into the experiment file. */
function createProposals(send: HeadingOptions['send']): { node: HTMLElement; draw(model: WeightsModel): void } {
  const list = element('ul');
  const node = element('section', { class: 'proposals' }, element('h2', {}, 'Backbones in this file'), list);
  let drawn = '';
  return {
    node,
    draw: ({ proposals, usedBy }) => {
      node.hidden = proposals.length === 0;
      const text = JSON.stringify([proposals, usedBy]);
      if (text === drawn) return;
      drawn = text;
      list.replaceChildren(
        ...proposals.map(({ prefix, weights, isUsed }) => {
          const name = prefix === '' ? 'no prefix' : prefix;
          const row = element('li', {}, element('code', {}, name), ` ${formatCount(weights)} weights `);
          if (isUsed) row.append(element('span', { class: 'quiet' }, 'read now'));
          else if (usedBy !== undefined) {
            const button = element(
              'vscode-button',
              { appearance: 'secondary', title: `Write prefix: ${JSON.stringify(prefix)} to ${usedBy}` },
              'Use this prefix',
            );
            button.addEventListener('click', () => send({ type: 'usePrefix', prefix }));
            row.append(button);
          }
          return row;
        }),
      );
    },
  };
}

function drawList(list: HTMLElement, sentences: readonly string[]): void {
  if (JSON.stringify(sentences) === list.dataset.drawn) return;
  list.dataset.drawn = JSON.stringify(sentences);
  list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
}
