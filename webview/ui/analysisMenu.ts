/** A small menu that starts an analysis of what is looked at, or writes it into the experiment file. */
import type { AnalysisText } from '../../src/shared/experiment/addAnalysis';
import type { AnalysisIntent, AnalysisOffer } from '../../src/shared/protocol/panels/analysisStart';
import { isFeaturesKind } from '../../src/shared/protocol/panels/featuresPanel';
import type { SelectedImage } from '../../src/shared/protocol/panels/selection';
import { createChoice, createToggle } from './choice';
import { element } from './element';

/** What the panel is about, and what is chosen in it. */
export interface AnalysisContext {
  readonly offer: AnalysisOffer;
  /** Kinds that the panel is about; those that cannot be computed are left out. */
  readonly kinds: readonly string[];
  /** Looked at by itself; what else is offered is a number of images. */
  readonly image?: SelectedImage & { readonly place: number };
  /** Chosen at first; all when absent. */
  readonly models?: readonly string[];
  readonly seed?: number;
  /** Kinds that work layer by layer, beside those of single images; others take all layers by themselves. */
  readonly layered?: readonly string[];
  /** Settings of a kind that the panel knows best. */
  readonly settings?: (kind: string) => Readonly<Record<string, unknown>>;
}

export interface AnalysisMenu {
  readonly node: HTMLElement;
  draw(context: AnalysisContext): void;
}

let menus = 0;

/** `extras`: controls of the panel for the settings that it knows best. */
export function createAnalysisMenu(
  send: (intent: AnalysisIntent) => void,
  extras: readonly HTMLElement[] = [],
): AnalysisMenu {
  const id = `analysis-menu-${menus++}`;
  const button = element(
    'vscode-button',
    { appearance: 'secondary', 'aria-expanded': false, 'aria-label': 'Analyse…' },
    'Analyse…',
  );
  const kind = createChoice('Analysis', (value) => {
    chosen = value;
    redraw();
  });
  const doc = element('p', { class: 'quiet' });
  const images = createChoice('Images', (value) => {
    whole = value === 'all';
  });
  const quick = createToggle('Quick: fewer steps, for small machines', (isOn) => {
    isQuick = isOn;
  });
  const models = createChecks('Models');
  const layers = createChecks('Layers');
  const refusal = element('p', { class: 'problem' });
  const start = element('vscode-button', { 'aria-label': 'Start' }, 'Start');
  const add = element(
    'vscode-button',
    { appearance: 'secondary', title: 'Write it into the experiment file', 'aria-label': 'Add to file' },
    'Add to file',
  );
  const close = element('vscode-button', { appearance: 'secondary', 'aria-label': 'Close' }, 'Close');
  const buttons = element('div', { class: 'menu-buttons' }, start, add, close);
  const box = element(
    'div',
    { class: 'analysis-menu', id, role: 'dialog', 'aria-label': 'Start an analysis' },
    ...[kind.node, doc, ...extras, images.node, quick.node, models.node, layers.node, refusal, buttons],
  );
  const node = element('div', { class: 'analysis-start' }, button);
  let context: AnalysisContext | undefined;
  let chosen = '';
  let whole = false;
  let isQuick = true;

  const open = (isOpen: boolean): void => {
    // Not in the page while it is closed: its controls are many.
    if (isOpen) node.append(box);
    else box.remove();
    // Names nothing that is not there.
    if (isOpen) button.setAttribute('aria-controls', id);
    else button.removeAttribute('aria-controls');
    button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    models.reset();
    layers.reset();
    redraw();
    kind.node.querySelector<HTMLElement>('vscode-dropdown')?.focus();
  };
  button.addEventListener('click', () => open(!box.isConnected));
  close.addEventListener('click', () => leave());
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  const act = (type: 'startAnalysis' | 'addAnalysis') => (): void => {
    const analysis = compose();
    if (!context || !analysis) return;
    const { seed } = context;
    send({ type, wish: { analysis, ...(seed !== undefined && { seed }) } });
    leave();
  };
  start.addEventListener('click', act('startAnalysis'));
  add.addEventListener('click', act('addAnalysis'));
  return {
    node,
    draw: (next) => {
      context = next;
      node.hidden = offered(next).length === 0 && next.offer.refusal === undefined;
      if (box.isConnected) redraw();
    },
  };

  function leave(): void {
    open(false);
    button.focus();
  }

  function redraw(): void {
    if (!context) return;
    const { offer, image } = context;
    const kinds = offered(context);
    const one = kinds.find((candidate) => candidate.kind === chosen) ?? kinds[0];
    chosen = one?.kind ?? '';
    kind.draw(
      kinds.map((candidate) => ({ value: candidate.kind, label: candidate.kind })),
      chosen,
    );
    doc.textContent = one?.doc ?? '';
    const takes = (key: string): boolean => one?.settings.includes(key) ?? false;
    const isNamed = image !== undefined && isFeaturesKind(chosen);
    images.draw(
      [
        ...(isNamed ? [{ value: 'one', label: image.name }] : []),
        { value: 'all', label: isFeaturesKind(chosen) ? '8 images, drawn' : 'as usual' },
      ],
      isNamed && !whole ? 'one' : 'all',
    );
    images.node.hidden = !takes('images');
    quick.draw(isQuick);
    quick.node.hidden = !takes('quick');
    models.draw(offer.pretrainings, context.models ?? offer.pretrainings);
    models.node.hidden = !takes('of') && !takes('between');
    layers.draw(offer.layers, offer.usual);
    layers.node.hidden = !takes('layers') || !isLayered(chosen);
    refusal.textContent = offer.refusal ?? '';
    refusal.hidden = offer.refusal === undefined;
    for (const one of [start, add]) one.toggleAttribute('disabled', offer.refusal !== undefined || chosen === '');
  }

  function isLayered(kindName: string): boolean {
    return isFeaturesKind(kindName) || (context?.layered?.includes(kindName) ?? false);
  }

  /** As it stands in the experiment; what is as usual is left out. */
  function compose(): AnalysisText | undefined {
    const { offer, image, settings } = context!;
    const one = offered(context!).find((candidate) => candidate.kind === chosen);
    if (!one || offer.refusal !== undefined) return undefined;
    const takes = (key: string): boolean => one.settings.includes(key);
    const own = settings?.(one.kind) ?? {};
    const isNamed = image !== undefined && isFeaturesKind(one.kind) && !whole;
    const of = models.chosen();
    const isAll = of.length === offer.pretrainings.length;
    const deep = layers.chosen();
    const isUsual = isFeaturesKind(one.kind) && deep.join() === offer.usual.join();
    return {
      kind: one.kind,
      ...(takes('between') ? { between: of } : takes('of') && !isAll && { of }),
      ...(isNamed && { data: image.data, split: image.split, images: [image.place] }),
      ...(isLayered(one.kind) && takes('layers') && !isUsual && deep.length > 0 && { layers: deep }),
      ...(takes('quick') && isQuick && { quick: true }),
      ...Object.fromEntries(Object.entries(own).filter(([key]) => takes(key))),
    };
  }
}

function offered({ offer, kinds }: AnalysisContext): AnalysisOffer['kinds'] {
  return offer.kinds.filter(({ kind }) => kinds.includes(kind));
}

interface Checks {
  readonly node: HTMLElement;
  /** `usual` are ticked until the user changes them. */
  draw(names: readonly string[], usual: readonly string[]): void;
  reset(): void;
  chosen(): string[];
}

function createChecks(label: string): Checks {
  const list = element('div', { class: 'checks' });
  const node = element('fieldset', {}, element('legend', {}, label), list);
  let drawn = '';
  const boxes = (): HTMLInputElement[] => [...list.querySelectorAll('input')];
  return {
    node,
    draw: (names, usual) => {
      const text = JSON.stringify(names);
      if (text === drawn) return;
      drawn = text;
      const made = names.map((name) => {
        const box = element('input', { type: 'checkbox', value: name, checked: usual.includes(name) });
        return element('label', { title: name }, box, name);
      });
      list.replaceChildren(...made);
    },
    reset: () => (drawn = ''),
    chosen: () => boxes().flatMap(({ checked, value }) => (checked ? [value] : [])),
  };
}
