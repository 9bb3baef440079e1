/** What the parts of the Batch panel share. */
import type { BatchIntent, BatchModel, BatchView } from '../../../src/shared/protocol/panels/batchPanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import type { BatchInspection, BatchSession } from '../../../src/shared/results/batchInspection';
import type { BatchSteps } from '../../../src/shared/views/batch/batchSteps';
import type { Fact } from '../../../src/shared/views/batch/tensorRows';
import { element } from '../../ui/element';

export interface BatchShown {
  readonly model: BatchModel;
  readonly session: BatchSession;
  readonly view: BatchView;
  readonly steps: BatchSteps;
  /** On screen, and what it is compared with. */
  readonly inspection: BatchInspection;
  readonly first: BatchInspection | undefined;
}

export interface BatchActions {
  /** Keeps what the user did and draws it. */
  change(view: Partial<BatchView>): void;
  send(intent: BatchIntent): void;
  /** Tells other panels what is looked at here. */
  select(change: SelectionChange): void;
  announce(sentence: string): void;
  save(file: SavedFile): void;
}

export interface Part {
  readonly node: HTMLElement;
  draw(shown: BatchShown): void;
}

/** Draws a list of facts, unless it is there. */
export function drawFacts(list: HTMLElement, facts: readonly Fact[]): void {
  const text = JSON.stringify(facts);
  if (list.dataset.drawn === text) return;
  list.dataset.drawn = text;
  list.replaceChildren(
    ...facts.map(({ label, value }) => element('div', {}, element('dt', {}, label), element('dd', {}, value))),
  );
}
