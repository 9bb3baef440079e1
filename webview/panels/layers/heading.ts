/** Which run, how far it is, and what is wrong with it: the experiment file moved on, or the run cannot be read. */
import type { AnalysisIntent } from '../../../src/shared/protocol/panels/analysisStart';
import { isFeaturesKind } from '../../../src/shared/protocol/panels/featuresPanel';
import type { LayersModel } from '../../../src/shared/protocol/panels/layersPanel';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnalysisMenu } from '../../ui/analysisMenu';
import { element } from '../../ui/element';
import { createStartedList } from '../../ui/startedList';

export interface Heading {
  readonly node: HTMLElement;
  draw(model: LayersModel): void;
  fail(message: string): void;
}

export function createHeading(onReveal: () => void, send: (intent: AnalysisIntent) => void): Heading {
  const title = element('h1');
  const state = element('p', { class: 'quiet state' });
  const stale = element('span');
  const link = element('button', { type: 'button', class: 'link plain' }, 'Show the file');
  const banner = element('p', { class: 'banner', role: 'note' }, stale, ' ', link);
  const problem = element('p', { class: 'problem', role: 'alert' });
  link.addEventListener('click', () => onReveal());
  banner.hidden = true;
  problem.hidden = true;
  const menu = createAnalysisMenu(send);
  const started = createStartedList(send);
  menu.node.hidden = true;
  return {
    node: element('header', {}, title, state, problem, banner, menu.node, started.node),
    draw: (model) => {
      title.textContent = model.run;
      title.title = `${model.name}: ${model.run}`;
      state.textContent = describeState(model);
      problem.hidden = true;
      banner.hidden = model.stale === undefined;
      stale.textContent = model.stale ?? '';
      link.hidden = !model.hasFile;
      if (!model.analyses) return;
      const { offer } = model.analyses;
      const kinds = offer.kinds.map(({ kind }) => kind).filter((kind) => !isFeaturesKind(kind));
      menu.draw({ offer, kinds });
      started.draw(model.analyses.started);
    },
    fail: (message) => {
      problem.textContent = message;
      problem.hidden = false;
    },
  };
}

/** `Accuracy by depth · running · 12 of 84 measurements · 3 seeds`. */
function describeState({ state, finished, total, seeds }: LayersModel): string {
  const measured = finished === total ? formatNumberOf(total, 'measurement') : `${finished} of ${total} measurements`;
  return ['Results by depth', state, measured, formatNumberOf(seeds.length, 'seed')].join(' · ');
}
