/** The proposals nearest to a box: where they stood, how sure they were, how much of the box they hold. */
import type { NearProposal } from '../../../src/shared/views/detections/boxEvidence';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { element } from '../../ui/element';

/** `mark` gets the place of the row that is pointed at, -1 for none. */
export function createProposalTable(proposals: readonly NearProposal[], mark: (place: number) => void): HTMLElement {
  const rows = proposals.map(({ score, rank, iou }, i) => {
    const cells = [`${formatCount(rank)}.`, score.toFixed(3), iou.toFixed(2)];
    const row = element('tr', { tabindex: 0 }, ...cells.map((text) => element('td', { class: 'number' }, text)));
    for (const event of ['pointerenter', 'focus']) row.addEventListener(event, () => mark(i));
    for (const event of ['pointerleave', 'blur']) row.addEventListener(event, () => mark(-1));
    return row;
  });
  const head = [
    ['rank', 'Place by score among all proposals of the image'],
    ['score', 'How sure the detector was that anything is there'],
    ['IoU', 'Overlap with the chosen box'],
  ].map(([text, title]) => element('th', { scope: 'col', class: 'number', title }, text!));
  return element(
    'table',
    { class: 'proposals' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}
