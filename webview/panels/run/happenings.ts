/** What happened during the trainings: the marks of the charts in words, each once. */
import { select } from 'd3';
import type { CurveSeries } from '../../../src/shared/protocol/panels/runPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import type { CurveMark } from '../../charts/curveChart';
import { element } from '../../ui/element';

/** With several series it says to which it happened. */
export function selectHappenings(series: readonly CurveSeries[]): CurveMark[] {
  const byPlace = new Map<string, { readonly step: number; readonly text: string; readonly labels: string[] }>();
  for (const { events, label } of series) {
    for (const { step, text } of events) {
      const known = byPlace.get(`${step} ${text}`) ?? { step, text, labels: [] };
      known.labels.push(label);
      byPlace.set(`${step} ${text}`, known);
    }
  }
  const marks = [...byPlace.values()].map(({ step, text, labels }) => {
    const to = labels.length === series.length ? '' : ` (${labels.join(', ')})`;
    return { step, text: `${text} at step ${formatCount(step)}${to}` };
  });
  return marks.sort((a, b) => a.step - b.step);
}

export function createHappenings(): { readonly element: HTMLElement; update(marks: readonly CurveMark[]): void } {
  const list = element('ul', { class: 'happenings quiet', tabindex: 0, 'aria-label': 'What happened' });
  return {
    element: list,
    update: (marks) => {
      list.hidden = marks.length === 0;
      const items = select(list).selectAll('li').data(marks).join('li');
      items.text(({ text }) => text);
    },
  };
}
