/** Controls that panels about predictions share: what to compare with, size of the images, their order, their names. */
import type { PredictionsModel, PredictionsView } from '../../../src/shared/protocol/panels/predictionsPanel';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import { createSlider } from '../../ui/slider';

export interface ImageControls {
  readonly compare: HTMLElement;
  readonly tile: HTMLElement;
  readonly search: HTMLElement;
  readonly sort: HTMLElement;
  readonly reset: HTMLElement;
  draw(view: PredictionsView, model: PredictionsModel, shown: ImageControlsInput): void;
}

export interface ImageControlsInput {
  readonly isTwo: boolean;
  /** Something is left out. */
  readonly isFiltered: boolean;
  /** What the orders are called here. */
  readonly orders: { readonly errors: string; readonly moved: string };
}

export function createImageControls(
  change: (part: Partial<PredictionsView>) => void,
  onReset: () => void,
): ImageControls {
  const compare = createChoice('Compare with', (value) => change({ other: value }));
  const tile = createSlider({
    ...{ label: 'Size', title: 'Size of the images in the grid', min: 80, max: 480, step: 20 },
    ...{ format: (value) => `${value} px`, onInput: (value) => change({ tile: value }) },
  });
  const sort = createChoice('Order', (value) => change({ sort: value as PredictionsView['sort'] }));
  const search = element('vscode-text-field', {
    placeholder: 'Image name',
    'aria-label': 'Image name',
  }) as HTMLElement & { value: string };
  search.addEventListener('input', () => change({ search: search.value }));
  const reset = element('vscode-button', { appearance: 'secondary' }, 'Clear filters');
  reset.addEventListener('click', onReset);
  return {
    ...{ compare: compare.node, tile: tile.node, search, sort: sort.node, reset },
    draw: (view, { others, runs }, { isTwo, isFiltered, orders }) => {
      const chosen = view.other ?? runs[1]?.id ?? '';
      compare.draw(
        [{ value: '', label: 'nothing' }, ...others.map(({ id, name }) => ({ value: id, label: name }))],
        chosen,
      );
      compare.node.hidden = others.length === 0;
      tile.draw(view.tile);
      sort.draw(
        [
          { value: 'file', label: 'as in the data' },
          { value: 'errors', label: orders.errors },
          ...(isTwo ? [{ value: 'moved', label: orders.moved }] : []),
        ],
        view.sort,
      );
      if (search.value !== view.search) search.value = view.search;
      reset.hidden = !isFiltered;
    },
  };
}
