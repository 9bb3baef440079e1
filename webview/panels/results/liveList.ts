/** What is computed now: one entry a stage, with a bar and the curves of a training. */
import { select } from 'd3';
import type { LiveCurve, LiveStage } from '../../../src/shared/protocol/panels/resultsPanel';
import { createSparkline, type Sparkline } from '../../charts/sparkline';
import { element } from '../../ui/element';
import { drawBar } from './header';
import type { Part, ResultsChannel } from './part';

interface Entry {
  readonly node: HTMLElement;
  draw(stage: LiveStage): void;
}

export function createLiveList(channel: ResultsChannel): Part {
  const list = element('ul', { class: 'live-list' });
  const node = element('section', { class: 'live', 'aria-label': 'Computed now' }, element('h2', {}, 'Now'), list);
  const entries = new Map<string, Entry>();
  return {
    node,
    draw: ({ live }) => {
      node.hidden = live.length === 0;
      for (const id of [...entries.keys()]) if (!live.some((stage) => stage.id === id)) entries.delete(id);
      const items = select(list)
        .selectAll<HTMLElement, LiveStage>('li')
        .data(live, ({ id }) => id);
      items.exit().remove();
      items.enter().append((stage) => {
        const entry = createEntry(channel);
        entries.set(stage.id, entry);
        return entry.node;
      });
      for (const stage of live) entries.get(stage.id)?.draw(stage);
    },
  };
}

function createEntry(channel: ResultsChannel): Entry {
  const title = element('button', { class: 'link-button live-title', type: 'button' });
  const text = element('span', { class: 'quiet live-text' });
  const bar = element('div', { class: 'bar-done' });
  const track = element('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100 }, bar);
  const curves = element('div', { class: 'curves' });
  let shown: LiveStage | undefined;
  title.addEventListener('click', () => shown && channel.send({ type: 'openRun', target: shown.target }));
  const drawCurves = createCurves(curves);
  return {
    node: element('li', {}, element('div', { class: 'live-line' }, title, text), track, curves),
    draw: (stage) => {
      shown = stage;
      title.textContent = stage.title;
      title.title = `${stage.title}\nOpen the Run panel`;
      text.textContent = stage.text;
      drawBar(track, bar, { fraction: stage.fraction, label: `Progress of ${stage.title}` });
      drawCurves(stage);
    },
  };
}

function createCurves(container: HTMLElement): (stage: LiveStage) => void {
  const drawn = new Map<
    string,
    { readonly chart: Sparkline; readonly last: HTMLElement; readonly node: HTMLElement }
  >();
  const add = ({ metric, name }: LiveCurve) => {
    const last = element('span', { class: 'curve-last' });
    const caption = element(
      'div',
      { class: 'curve-caption' },
      element('span', { class: 'quiet', title: name }, name),
      last,
    );
    const node = element('div', { class: 'curve' }, caption);
    container.append(node);
    const made = { chart: createSparkline(node), last, node };
    drawn.set(metric, made);
    return made;
  };
  return ({ curves, look, title }) => {
    for (const [metric, { node }] of drawn) node.hidden = !curves.some((curve) => curve.metric === metric);
    for (const curve of curves) {
      const { chart, last } = drawn.get(curve.metric) ?? add(curve);
      last.textContent = curve.last;
      chart.update({ points: curve.points, look, label: describeCurve(title, curve) });
    }
  };
}

function describeCurve(title: string, { name, last, points }: LiveCurve): string {
  const [first] = points;
  const [step] = points.at(-1) ?? [0];
  const from = first && points.length > 1 ? `, from ${first[1].toPrecision(3)} at step ${first[0]}` : '';
  return `${name} of ${title}: ${last} at step ${step}${from}`;
}
