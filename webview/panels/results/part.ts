/** What the parts of the Results view share: what they may send and keep, and how each is drawn. */
import type { ResultsIntent, ResultsView, ShownResults } from '../../../src/shared/protocol/panels/resultsPanel';
import type { PanelChannel } from '../../ui/channel';

export type ResultsChannel = PanelChannel<ResultsIntent, ResultsView>;

/** One element that is there for good and is drawn again with each model. */
export interface Part {
  readonly node: HTMLElement;
  draw(model: ShownResults): void;
}
