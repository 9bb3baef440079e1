/** What is shown and how: part, opacity, comparison, filters, order. */
import type { PairLayout } from '../../../../src/shared/protocol/panels/panelMessages';
import type {
  LabelPart,
  PredictionsModel,
  PredictionsView,
  SegmentationLook,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import { createChoice } from '../../../ui/choice';
import { layoutOptions } from '../../../ui/comparison';
import { element } from '../../../ui/element';

import { createSlider } from '../../../ui/slider';
import { createImageControls } from '../imageControls';
import type { Shown } from './shown';

export type Change = (part: Partial<PredictionsView>) => void;

export interface Controls {
  readonly node: HTMLElement;
  draw(shown: Shown, model: PredictionsModel): void;
}

export function createControls(change: Change, look: (part: Partial<SegmentationLook>) => void): Controls {
  const part = createChoice('Overlay', (value) => look({ part: value as LabelPart }));
  const opacity = createSlider({
    ...{ label: 'Opacity', title: 'How opaque labels are', min: 0, max: 1, step: 0.05 },
    ...{ format: (value) => `${Math.round(100 * value)} %`, onInput: (value) => look({ opacity: value }) },
  });
  const layout = createChoice('Show', (value) => change({ layout: value as PairLayout }));
  const category = createChoice('Class', (value) => look({ category: value, cell: undefined }));
  const cell = element('span', { class: 'cell-filter' });
  const shared = createImageControls(change, () => {
    change({ search: '' });
    look({ category: '', cell: undefined });
  });
  const drawing = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Drawing' });
  drawing.append(part.node, opacity.node, shared.compare, layout.node, shared.tile);
  const filters = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Filters' });
  filters.append(category.node, shared.search, shared.sort, cell, shared.reset);
  return {
    node: element('div', { class: 'controls' }, drawing, filters),
    draw: ({ view, runs, figures }, model) => {
      const { segmentation } = view;
      const isTwo = runs.length > 1;
      const { classes } = figures[0]!.index;
      part.draw(
        [
          { value: 'predicted', label: 'prediction' },
          { value: 'truth', label: 'ground truth' },
          { value: 'difference', label: 'difference' },
        ],
        segmentation.part,
      );
      opacity.draw(segmentation.opacity);
      layout.draw(isTwo ? layoutOptions('A', 'B') : layoutOptions('truth', 'overlay'), view.layout);
      layout.node.hidden = !isTwo && segmentation.part === 'truth';
      category.draw(
        [{ value: '', label: 'all' }, ...classes.map((name) => ({ value: name, label: name }))],
        segmentation.category,
      );
      const chosen = segmentation.cell;
      cell.textContent = chosen ? `${chosen.truth} taken for ${chosen.predicted}` : '';
      cell.hidden = chosen === undefined;
      shared.draw(view, model, {
        isTwo,
        isFiltered: view.search !== '' || segmentation.category !== '' || chosen !== undefined,
        orders: { errors: 'most wrong', moved: 'most changed' },
      });
    },
  };
}
