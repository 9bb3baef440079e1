/** Says why there are no images to draw on, and asks for their folder. */
import type { DetectionsIntent, DetectionsModel } from '../../../src/shared/protocol/panels/detectionsPanel';
import { element } from '../../ui/element';

export interface PicturesHint {
  readonly node: HTMLElement;
  draw(model: DetectionsModel): void;
}

export function createPicturesHint(send: (intent: DetectionsIntent) => void): PicturesHint {
  const text = element('span');
  const choose = element('vscode-button', { appearance: 'secondary' }, 'Choose image folder…');
  choose.addEventListener('click', () => send({ type: 'chooseImages' }));
  const node = element('p', { class: 'hint', hidden: true }, text, ' ', choose);
  return {
    node,
    draw: ({ pictures, canAddResults }) => {
      node.hidden = pictures.kind !== 'none';
      text.textContent = pictures.kind === 'none' ? pictures.reason : '';
      choose.hidden = !canAddResults;
    },
  };
}
