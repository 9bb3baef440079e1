/** Below the table: the current row, how it stands to the baseline, and what to do about fields that differ. */
import { describeField, type UnfairField } from '../../../src/shared/results/comparability';
import { describeComparison } from '../../../src/shared/views/compare/compareTable';
import { element } from '../../ui/element';
import { toggleSamePair } from './marking';
import { placeOf, type CompareActions, type Part } from './part';

/** More topics than this are one button: the pair. */
const MOST_TOPICS = 6;

export function createDetail(actions: CompareActions): Part {
  const name = element('b', {});
  const note = element('span', { class: 'quiet detail-note' });
  const said = element('p', { class: 'detail-said' });
  const control = element('p', { class: 'detail-control' });
  const fields = element('ul', { class: 'unfair-fields' });
  const node = element(
    'section',
    { class: 'detail', 'aria-label': 'Selected row' },
    element('p', {}, name, note),
    said,
    control,
    fields,
  );
  let drawn = '';
  return {
    node,
    draw: (state) => {
      const row = placeOf(state, state.view.current);
      node.hidden = row === undefined;
      if (row === undefined) return;
      const { table, model } = state;
      name.textContent = table.nameOf(row);
      const marks = table.marksOf(row);
      note.textContent = [` of ${model.rows[row]!.run}`, marks.note ?? ''].filter((text) => text !== '').join(' · ');
      said.textContent = describeComparison(table, row) ?? '';
      said.hidden = said.textContent === '';
      control.textContent = model.rows[row]!.control ?? '';
      control.hidden = control.textContent === '';
      const unfair = row === table.against ? [] : (table.comparisons?.[row]?.unfair ?? []);
      const text = JSON.stringify([row, unfair]);
      if (text === drawn) return;
      drawn = text;
      fields.replaceChildren(...drawFields(unfair, row, actions));
      fields.hidden = unfair.length === 0;
    },
  };
}

function drawFields(unfair: readonly UnfairField[], row: number, actions: CompareActions): HTMLElement[] {
  if (unfair.length === 0) return [];
  // Other settings have nothing in common: each is allowed by itself.
  const keyOf = ({ topic, field }: UnfairField): string => (topic === 'setting' ? field : topic);
  const topics = [...new Set(unfair.map(keyOf))].slice(0, MOST_TOPICS);
  const items = topics.map((topic) => {
    const own = unfair.filter((field) => keyOf(field) === topic);
    const button = element('button', { type: 'button', class: 'plain link' }, `Treat ${nameOf(topic)} as the same`);
    button.addEventListener('click', () => actions.mark(row, { type: 'sameField', field: topic, isSame: true }));
    const words = own.map((field) => element('span', { class: 'field', title: field.field }, describeField(field)));
    return element('li', {}, element('b', {}, `${own[0]!.topic}: `), ...words, button);
  });
  const pair = element('button', { type: 'button', class: 'plain link' }, 'Compare these two all the same');
  pair.addEventListener('click', () => toggleSamePair(actions, row, true));
  return [...items, element('li', {}, pair)];
}

/** Without the entry that a field belongs to. */
function nameOf(topic: string): string {
  return topic.slice(topic.indexOf('.') + 1);
}
