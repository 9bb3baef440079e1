/** What is suspicious about the update, most serious first; what it is about can be opened. */
import type { BatchFinding, BatchInspection, InspectedLayer } from '../../../src/shared/results/batchInspection';
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
    const row = (target as Element).closest<HTMLElement>('[data-finding]')?.dataset.finding;
    const finding = row === undefined ? undefined : shown?.inspection.findings[Number(row)];
    if (shown && finding) openAbout(shown, finding, actions);
  });
  return {
    node,
    draw: (next) => {
      shown = next;
      const { findings, step } = next.inspection;
      const text = JSON.stringify([step, findings]);
      if (text === drawn) return;
      drawn = text;
      const rows = findings.map((_, place) => createRow(place, next));
      const none = element('li', { class: 'quiet' }, 'Nothing suspicious was found in this update.');
      list.replaceChildren(...(rows.length > 0 ? rows : [none]));
    },
  };
}

function createRow(place: number, { inspection }: BatchShown): HTMLElement {
  const finding = inspection.findings[place]!;
  const { severity, message } = finding;
  const icon = createIcon();
  drawIcon(icon, icons[severity]);
  const row = element(
    'li',
    { class: severity },
    icon,
    element('span', { class: 'for-screen-readers' }, `${words[severity]}: `),
  );
  row.append(element('span', { class: 'message' }, message));
  const layer = layerOf(finding, inspection);
  const name = layer ? layerName(layer) : inspection.parameters.find((one) => one.name === finding.about)?.name;
  if (name !== undefined)
    row.append(
      element(
        'button',
        { type: 'button', class: 'plain link', 'data-finding': String(place), title: name },
        `Show ${name}`,
      ),
    );
  return row;
}

function layerOf({ about, call }: BatchFinding, { layers }: BatchInspection): InspectedLayer | undefined {
  return about === undefined ? undefined : findLayer(layers, about, call);
}

function openAbout({ inspection, view }: BatchShown, finding: BatchFinding, { change }: BatchActions): void {
  const layer = layerOf(finding, inspection);
  if (layer) change({ tab: 'layers', filter: '', layers: { ...view.layers, chosen: layerName(layer) } });
  else change({ tab: 'parameters', filter: '', parameters: { ...view.parameters, chosen: finding.about } });
}
