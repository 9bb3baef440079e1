/** A small menu that starts an analysis of what is looked at, or writes it into the experiment file. */
import type { AnalysisIntent } from '../../src/shared/protocol/panels/analysisStart';
import { isFeaturesKind } from '../../src/shared/protocol/panels/featuresPanel';
import { composeAnalysis, imageFor, isLayered, offeredKinds, type AnalysisContext } from './analysisWish';
import { createTickedNames } from './tickedNames';
import { createChoice, createToggle } from './choice';
import { element } from './element';

export interface AnalysisMenu {
  readonly node: HTMLElement;
  draw(context: AnalysisContext): void;
}

type Send = (intent: AnalysisIntent) => void;

let menus = 0;

/** `extras`: controls of the panel for the settings that it knows best. */
export function createAnalysisMenu(send: Send, extras: readonly HTMLElement[] = []): AnalysisMenu {
  return new StartMenu(send, extras);
}

const wide = { appearance: 'secondary' } as const;

class StartMenu implements AnalysisMenu {
  readonly node: HTMLElement;
  private readonly id = `analysis-menu-${menus++}`;
  private readonly button = element(
    'vscode-button',
    { ...wide, 'aria-expanded': false, 'aria-label': 'Analyse…' },
    'Analyse…',
  );
  private readonly kind = createChoice('Analysis', (value) => {
    this.chosen = value;
    this.redraw();
  });
  private readonly doc = element('p', { class: 'quiet' });
  private readonly images = createChoice('Images', (value) => {
    this.isWhole = value === 'all';
  });
  private readonly quick = createToggle('Quick: fewer steps, for small machines', (isOn) => {
    this.isQuick = isOn;
  });
  private readonly models = createTickedNames('Models');
  private readonly layers = createTickedNames('Layers');
  private readonly refusal = element('p', { class: 'problem' });
  private readonly start = element('vscode-button', { 'aria-label': 'Start' }, 'Start');
  private readonly add = element(
    'vscode-button',
    { ...wide, title: 'Write it into the experiment file', 'aria-label': 'Add to file' },
    'Add to file',
  );
  private readonly box: HTMLElement;
  private context: AnalysisContext | undefined;
  private chosen = '';
  private isWhole = false;
  private isQuick = true;

  constructor(
    private readonly send: Send,
    extras: readonly HTMLElement[],
  ) {
    const close = element('vscode-button', { ...wide, 'aria-label': 'Close' }, 'Close');
    const buttons = element('div', { class: 'menu-buttons' }, this.start, this.add, close);
    const { kind, doc, images, quick, models, layers, refusal } = this;
    this.box = element(
      'div',
      { class: 'analysis-menu', id: this.id, role: 'dialog', 'aria-label': 'Start an analysis' },
      ...[kind.node, doc, ...extras, images.node, quick.node, models.node, layers.node, refusal, buttons],
    );
    this.node = element('div', { class: 'analysis-start' }, this.button);
    this.button.addEventListener('click', () => (this.box.isConnected ? this.close() : this.open()));
    this.start.addEventListener('click', () => this.act('startAnalysis'));
    this.add.addEventListener('click', () => this.act('addAnalysis'));
    close.addEventListener('click', () => this.leave());
    this.box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      this.leave();
    });
  }

  draw(next: AnalysisContext): void {
    this.context = next;
    this.node.hidden = offeredKinds(next).length === 0 && next.offer.refusal === undefined;
    if (this.box.isConnected) this.redraw();
  }

  /** Not in the page while it is closed: its controls are many. */
  private open(): void {
    this.node.append(this.box);
    this.button.setAttribute('aria-controls', this.id);
    this.button.setAttribute('aria-expanded', 'true');
    this.models.reset();
    this.layers.reset();
    this.redraw();
    this.kind.node.querySelector<HTMLElement>('vscode-dropdown')?.focus();
  }

  private close(): void {
    this.box.remove();
    // Names nothing that is not there.
    this.button.removeAttribute('aria-controls');
    this.button.setAttribute('aria-expanded', 'false');
  }

  private leave(): void {
    this.close();
    this.button.focus();
  }

  private act(type: 'startAnalysis' | 'addAnalysis'): void {
    const { context, isWhole, isQuick } = this;
    const choices = { kind: this.chosen, isWhole, isQuick, models: this.models.chosen(), layers: this.layers.chosen() };
    const analysis = context && composeAnalysis(context, choices);
    if (!context || !analysis) return;
    const { seed } = context;
    this.send({ type, wish: { analysis, ...(seed !== undefined && { seed }) } });
    this.leave();
  }

  private redraw(): void {
    const { context } = this;
    if (!context) return;
    const kinds = offeredKinds(context);
    const one = kinds.find(({ kind }) => kind === this.chosen) ?? kinds[0];
    this.chosen = one?.kind ?? '';
    this.kind.draw(
      kinds.map(({ kind }) => ({ value: kind, label: kind })),
      this.chosen,
    );
    this.doc.textContent = one?.doc ?? '';
    this.drawSettings(context, (key) => one?.settings.includes(key) ?? false);
    const { refusal } = context.offer;
    this.refusal.textContent = refusal ?? '';
    this.refusal.hidden = refusal === undefined;
    const isIdle = refusal !== undefined || this.chosen === '';
    for (const button of [this.start, this.add]) button.toggleAttribute('disabled', isIdle);
  }

  private drawSettings(context: AnalysisContext, takes: (key: string) => boolean): void {
    const { chosen, images, quick, models, layers } = this;
    const { offer } = context;
    const image = imageFor(context, chosen);
    const all = { value: 'all', label: isFeaturesKind(chosen) ? '8 images, drawn' : 'as usual' };
    images.draw([...(image ? [{ value: 'one', label: image.name }] : []), all], image && !this.isWhole ? 'one' : 'all');
    images.node.hidden = !takes('images');
    quick.draw(this.isQuick);
    quick.node.hidden = !takes('quick');
    models.draw(offer.pretrainings, context.models ?? offer.pretrainings);
    models.node.hidden = !takes('of') && !takes('between');
    layers.draw(offer.layers, offer.usual);
    layers.node.hidden = !takes('layers') || !isLayered(context, chosen);
  }
}
