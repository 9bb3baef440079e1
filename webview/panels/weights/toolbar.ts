/** What of the list is shown, how counts are scaled, and what can be kept or compared. */
import type { WeightsIntent, WeightsModel, WeightsView } from '../../../src/shared/protocol/panels/weightsPanel';
import { formatCount, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { tensorFates, type TensorFate } from '../../../src/shared/weights/listTensors';
import { createChoice, createTextButton, createToggle } from '../../ui/choice';
import { element } from '../../ui/element';

export interface Toolbar {
  readonly node: HTMLElement;
  draw(model: WeightsModel, view: WeightsView, counts: Counts): void;
}

export interface Counts {
  readonly fates: ReadonlyMap<TensorFate, number>;
  readonly all: number;
  readonly shown: number;
}

export interface ToolbarOptions {
  readonly change: (change: Partial<WeightsView>) => void;
  readonly send: (intent: WeightsIntent) => void;
  readonly saveTable: () => void;
  readonly saveChart: () => void;
}

export function createToolbar({ change, send, saveTable, saveChart }: ToolbarOptions): Toolbar {
  const filter = element('input', {
    type: 'search',
    class: 'filter',
    placeholder: 'Filter by name or type',
    'aria-label': 'Filter tensors by name or type',
  }) as HTMLInputElement;
  filter.addEventListener('input', () => change({ filter: filter.value }));
  const fate = createChoice('Show', (value) => change({ fate: value as WeightsView['fate'] }));
  const log = createToggle('Log counts', (isLog) => change({ isLog }));
  log.node.title = 'Counts of the histograms on a logarithmic scale';
  const compare = createTextButton('Compare…', 'Compare with the tensors of another file', () =>
    send({ type: 'compare' }),
  );
  const end = createTextButton('End comparison', 'Show this file alone', () => send({ type: 'endComparison' }));
  const csv = createTextButton('CSV', 'Save the rows that are shown as CSV', saveTable);
  const svg = createTextButton('SVG', 'Save the histogram of the chosen tensor as SVG', saveChart);
  const count = element('span', { class: 'quiet count' });
  const node = element(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'What is shown' },
    ...[filter, fate.node, log.node, compare, end, csv, svg, count],
  );
  return {
    node,
    draw: (model, view, { fates, all, shown }) => {
      if (filter.value !== view.filter) filter.value = view.filter;
      const known = (Object.keys(tensorFates) as TensorFate[]).filter((one) => fates.has(one));
      const options = known.map((one) => ({ value: one, label: `${one} (${formatCount(fates.get(one)!)})` }));
      const isKnown = view.fate === 'all' || fates.has(view.fate);
      const kept = isKnown ? [] : [{ value: view.fate, label: `${view.fate} (0)` }];
      fate.draw([{ value: 'all', label: `all (${formatCount(all)})` }, ...options, ...kept], view.fate);
      log.draw(view.isLog);
      compare.hidden = model.other !== undefined;
      end.hidden = model.other === undefined;
      count.textContent =
        shown === all ? formatNumberOf(all, 'tensor') : `${formatCount(shown)} of ${formatNumberOf(all, 'tensor')}`;
    },
  };
}
