/** What is suspicious about the update, most serious first; what it is about can be opened. */
import type { BatchFinding } from '../../../src/shared/results/batchInspection';
import { findLayer, layerName } from '../../../src/shared/views/batch/tensorRows';
import { element } from '../../ui/element';
import { createIcon, drawIcon } from '../../ui/icons';
import type { BatchActions, BatchShown, Part } from './part';

const icons: Readonly<Record<BatchFinding['severity'], string>> = { error: 'failed', warning: 'warning', info: 'none' };
const words: Readonly<Record<BatchFinding['severity'], string>> = { error: 'Error', warning: 'Warning', info: 'Note' };

export function createFindings(actions: BatchActions): Part {
  const list = element('ul', { class: 'findings-list' });
  const node = element('section', { class: 'findings', 'aria-label': 'Findings' }, list);
  let drawn = '';
  let shown: BatchShown | undefined;
  list.addEventListener('click', ({ target }) => {
    const about = (target as Element).closest<HTMLElement>('[data-about]')?.dataset.about;
    if (about !== undefined && shown) openAbout(shown, about, actions);
  });
  return {
    node,
    draw: (next) => {
      shown = next;
      const { findings, step } = next.inspection;
      const text = JSON.stringify([step, findings]);
      if (text === drawn) return;
      drawn = text;
      const rows = findings.map((finding) => createRow(finding, next));
      const none = element('li', { class: 'quiet' }, 'Nothing suspicious was found in this update.');
      list.replaceChildren(...(rows.length > 0 ? rows : [none]));
    },
  };
}

function createRow({ severity, message, about }: BatchFinding, { inspection }: BatchShown): HTMLElement {
  const icon = createIcon();
  drawIcon(icon, icons[severity]);
  const row = element(
    'li',
    { class: severity },
    icon,
    element('span', { class: 'for-screen-readers' }, `${words[severity]}: `),
  );
  row.append(element('span', { class: 'message' }, message));
  const isKnown =
    about !== undefined &&
    (findLayer(inspection.layers, about) !== undefined || inspection.parameters.some(({ name }) => name === about));
  if (isKnown)
    row.append(
      element('button', { type: 'button', class: 'plain link', 'data-about': about, title: about }, `Show ${about}`),
    );
  return row;
}

function openAbout({ inspection, view }: BatchShown, about: string, { change }: BatchActions): void {
  const layer = findLayer(inspection.layers, about);
  if (layer) change({ tab: 'layers', filter: '', layers: { ...view.layers, chosen: layerName(layer) } });
  else change({ tab: 'parameters', filter: '', parameters: { ...view.parameters, chosen: about } });
}
