/** Whose episodes are shown, at which layer, in which order, and whether right ones are left out. */
import type { EpisodesLook, PredictionsModel } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { createChoice, createToggle } from '../../../ui/choice';
import { element } from '../../../ui/element';
import type { Shown } from './shown';

export interface Controls {
  readonly node: HTMLElement;
  draw(shown: Shown, model: PredictionsModel): void;
}

const orders = [
  { value: 'drawn', label: 'as drawn' },
  { value: 'worst', label: 'lowest accuracy' },
  { value: 'best', label: 'highest accuracy' },
];

/** `onRun`: id of the run to be looked at. */
export function createControls(look: (part: Partial<EpisodesLook>) => void, onRun: (id: string) => void): Controls {
  const pretraining = createChoice('Pretraining', onRun);
  const layer = createChoice('Layer', (value) => look({ layer: value }));
  const order = createChoice('Order', (value) => look({ order: value as EpisodesLook['order'] }));
  const onlyWrong = createToggle('Only wrong ones', (isOn) => look({ onlyWrong: isOn }));
  const node = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Episodes' });
  node.append(pretraining.node, layer.node, order.node, onlyWrong.node);
  return {
    node,
    draw: ({ run, results, layer: found, view }, { runs, others }) => {
      const all = [runs[0]!, ...others];
      pretraining.draw(
        all.map(({ id, name }) => ({ value: id, label: name })),
        run.id,
      );
      pretraining.node.hidden = all.length < 2;
      layer.draw(
        results.layers.map((one) => ({ value: one.layer, label: one.layer })),
        found.layer,
      );
      order.draw(orders, view.episodes.order);
      onlyWrong.draw(view.episodes.onlyWrong);
    },
  };
}
