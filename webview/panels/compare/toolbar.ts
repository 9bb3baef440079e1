/** How rows are grouped and compared, which are shown, columns, and files. */
import type { CompareGroup } from '../../../src/shared/protocol/panels/comparePanel';
import type { CompareTable } from '../../../src/shared/views/compare/compareTable';
import { createChoice, createToggle } from '../../ui/choice';
import { element } from '../../ui/element';
import { openColumnChooser } from './columnChooser';
import type { CompareActions, Part } from './part';
import { openSaveMenu } from './saving';

const groups: readonly { readonly value: CompareGroup; readonly label: string }[] = [
  { value: 'none', label: 'nothing' },
  { value: 'run', label: 'run' },
  { value: 'experiment', label: 'experiment' },
  { value: 'pretraining', label: 'pretraining' },
  { value: 'transfer', label: 'transfer' },
];

export function createToolbar(actions: CompareActions): Part {
  const { change } = actions;
  const group = createChoice('Group by', (value) => change({ group: value as CompareGroup }));
  const metric = createChoice('Compare', (value) => change({ metric: value }));
  const differing = createToggle('Only what differs', (onlyDiffering) => change({ onlyDiffering }));
  differing.node.title = 'Columns whose values are not all the same';
  const starred = createToggle('Starred', (onlyStarred) => change({ onlyStarred }));
  const hidden = createToggle('Hidden', (showHidden) => change({ showHidden }));
  const fair = createToggle('Only comparable', (onlyFair) => change({ onlyFair }));
  fair.node.title = 'Leave out rows that cannot be compared with the baseline';
  const budget = createToggle('Same budget', (isBudgetCompared) => change({ isBudgetCompared }));
  budget.node.title = 'Compare only pretrainings with equal steps or epochs, batch, image size and data';
  const costs = createToggle('Costs', (isOn) => change({ columns: withCosts(actions, isOn) }));
  costs.node.title = 'Columns of what each row cost: time, energy, memory, parameters, multiply-adds';
  const node = element(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'What is shown' },
    ...[group, metric, differing, costs, starred, hidden, fair, budget].map((one) => one.node),
  );
  return {
    node,
    draw: ({ model, view, table }) => {
      group.draw(groups, view.group);
      const metrics = model.metrics.map(({ id, name }) => ({ value: id, label: name }));
      metric.draw([{ value: 'score', label: 'score' }, ...metrics], view.metric);
      differing.draw(view.onlyDiffering);
      const offered = costsOf(table);
      costs.draw(offered.length > 0 && offered.every((id) => view.columns.includes(id)));
      costs.node.hidden = offered.length === 0;
      starred.draw(view.onlyStarred);
      hidden.draw(view.showHidden);
      hidden.node.title = `Show the ${table.hidden} hidden rows as well`;
      hidden.node.hidden = table.hidden === 0;
      fair.draw(view.onlyFair);
      budget.draw(view.isBudgetCompared);
      fair.node.hidden = budget.node.hidden = table.baseline === undefined;
    },
  };
}

function costsOf({ offered }: CompareTable): string[] {
  return offered.filter(({ group }) => group === 'Costs').map(({ id }) => id);
}

/** The columns with all costs, or without any. */
function withCosts({ state }: CompareActions, isOn: boolean): string[] {
  const now = state();
  if (!now) return [];
  const costs = costsOf(now.table);
  const others = now.view.columns.filter((id) => !costs.includes(id));
  return isOn ? [...others, ...costs] : others;
}

/** What opens lists: columns and files. */
export function createTableButtons(actions: CompareActions): readonly HTMLElement[] {
  return [
    createButton('Columns…', (place) => openColumnChooser(place, actions)),
    createButton('Save as…', (place) => openSaveMenu(place, actions)),
  ];
}

function createButton(label: string, press: (place: { left: number; top: number }) => void): HTMLElement {
  const button = element('vscode-button', { appearance: 'secondary', 'aria-haspopup': 'true' }, label);
  button.addEventListener('click', () => {
    const { left, bottom } = button.getBoundingClientRect();
    press({ left, top: bottom + 2 });
  });
  return button;
}
