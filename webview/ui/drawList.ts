/** Sentences as items of a list, which stays as it is while they do. */
import { element } from './element';

export function drawList(list: HTMLElement, sentences: readonly string[]): void {
  if (JSON.stringify(sentences) === list.dataset.drawn) return;
  list.dataset.drawn = JSON.stringify(sentences);
  list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
}
