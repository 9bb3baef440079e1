/** What is shown and how: layer, threshold, comparison, what is drawn, order. */
import type { PairLayout } from '../../../../src/shared/protocol/panels/panelMessages';
import type {
  LandmarksLook,
  PredictionsModel,
  PredictionsView,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import { createChoice, createToggle } from '../../../ui/choice';
import { layoutOptions } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { createSlider } from '../../../ui/slider';
import { createImageControls } from '../imageControls';
import type { Shown } from './shown';

export interface Controls {
  readonly node: HTMLElement;
  draw(shown: Shown, model: PredictionsModel): void;
}

/** Where thresholds end, as a multiple of the transfer's own. */
export const LARGEST_THRESHOLD = 2;
/** The slider counts in parts of that. */
const STEPS = 100;

export function createControls(
  change: (part: Partial<PredictionsView>) => void,
  look: (part: Partial<LandmarksLook>) => void,
): Controls {
  const layer = createChoice('Layer', (value) => look({ layer: value }));
  let end = 1;
  const threshold = createSlider({
    ...{ label: 'Failed above', title: 'Error from which an example has failed', min: 1, max: STEPS, step: 1 },
    format: (value) => `${((100 * value * end) / STEPS).toFixed(1)} %`,
    onInput: (value) => look({ threshold: (value * end) / STEPS }),
  });
  const layout = createChoice('Show', (value) => change({ layout: value as PairLayout }));
  const landmark = createChoice('Landmark', (value) => look({ landmark: value }));
  const truth = createToggle('Ground truth', (showTruth) => look({ showTruth }));
  const predicted = createToggle('Predictions', (showPredicted) => look({ showPredicted }));
  const errors = createToggle('Errors', (showErrors) => look({ showErrors }));
  const shared = createImageControls(change, () => change({ search: '' }));
  const comparing = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Comparison' });
  comparing.append(layer.node, threshold.node, shared.compare, layout.node);
  const filters = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Filters' });
  filters.append(landmark.node, shared.sort, shared.search, shared.reset);
  const drawing = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Drawing' });
  drawing.append(truth.node, predicted.node, errors.node, shared.tile);
  return {
    node: element('div', { class: 'controls' }, comparing, filters, drawing),
    draw: ({ view, runs, figures, threshold: value }, model) => {
      const { file } = figures[0]!;
      const { landmarks } = view;
      const isTwo = runs.length > 1;
      const layers = file.predictions.map((one) => one.layer);
      layer.draw(
        layers.map((name) => ({ value: name, label: name })),
        figures[0]!.layer,
      );
      layer.node.hidden = layers.length < 2;
      end = LARGEST_THRESHOLD * file.threshold;
      threshold.draw(Math.round((STEPS * value) / end));
      layout.draw(layoutOptions('A', 'B'), view.layout);
      layout.node.hidden = !isTwo;
      landmark.draw(
        [{ value: '', label: 'all' }, ...file.landmarks.names.map((name) => ({ value: name, label: name }))],
        landmarks.landmark,
      );
      truth.draw(landmarks.showTruth);
      predicted.draw(landmarks.showPredicted);
      errors.draw(landmarks.showErrors);
      shared.draw(view, model, {
        ...{ isTwo, isFiltered: view.search !== '' },
        orders: { errors: 'largest error', moved: 'most changed' },
      });
    },
  };
}
