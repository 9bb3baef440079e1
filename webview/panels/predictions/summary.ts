/** The headline figures of one or two runs as a small table; of two with their difference. */
import type { PredictionsRun } from '../../../src/shared/protocol/panels/predictionsPanel';
import { formatShare, formatShareDifference } from '../../../src/shared/views/formatNumbers';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';

export interface SummaryRow {
  readonly name: string;
  readonly title?: string;
  /** Shares, by run. */
  readonly values: readonly number[];
}

export function drawSummary(table: HTMLElement, runs: readonly PredictionsRun[], rows: readonly SummaryRow[]): void {
  const isTwo = runs.length > 1;
  const head = element(
    'tr',
    {},
    element('td', {}, 'in percent'),
    ...runs.map(({ name }, run) =>
      element('th', { scope: 'col', class: 'number', title: name }, isTwo ? `${runLetter(run)} ${name}` : name),
    ),
    ...(isTwo ? [element('th', { scope: 'col', class: 'number', title: 'B minus A' }, 'B − A')] : []),
  );
  const lines = rows.map(({ name, title, values }) => {
    const cells = values.map((value) => element('td', { class: 'number' }, formatShare(value)));
    if (isTwo) cells.push(element('td', { class: 'number' }, formatShareDifference(values[1]! - values[0]!)));
    return element('tr', { title }, element('th', { scope: 'row' }, name), ...cells);
  });
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
}
