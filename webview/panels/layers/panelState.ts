/** What the panel shows of model and view: which transfers, which pretrainings, what is subtracted. Pure. */
import type { LayersModel, LayersTransfer, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import {
  allMeasures,
  selectDepth,
  shownMeasures,
  type LayersDepth,
} from '../../../src/shared/views/layers/layersDepth';
import { countAxes, selectCounts, type LayersCounts } from '../../../src/shared/views/layers/layersCounts';
import type { Option } from '../../ui/choice';
import { sharedPlaces } from './chartArea';

export interface LayersShown {
  readonly model: LayersModel;
  readonly view: LayersView;
  /** On screen; none where nothing was measured. */
  readonly transfers: readonly LayersTransfer[];
  readonly depths: readonly LayersDepth[];
  /** The one transfer on screen; absent where measures of several stand together. */
  readonly only?: LayersTransfer;
}

export function composeShown(model: LayersModel, view: LayersView): LayersShown {
  const transfers = shownTransfers(model, view);
  const only = isTogether(model, view) ? undefined : transfers[0];
  return { model, view, transfers, depths: shownDepths(model, view), ...(only && { only }) };
}

/** Layers on screen in depth order; of equal depth, in the order they are listed. */
export function layersOf({ depths }: LayersShown): string[] {
  return sharedPlaces(depths).map(({ layer }) => layer);
}

/** Across labels or steps, where the user wants that and the transfer has it. */
export function shownCounts(
  { model, view, depths, only }: LayersShown,
  layer: string | undefined,
): LayersCounts | undefined {
  const { axis, hidden } = view;
  if (!only || axis === 'layer' || axis === 'depth' || !countAxes(model, only).includes(axis)) return undefined;
  return selectCounts(model, only, { axis, metric: depths[0]!.metric, layer, hidden: new Set(hidden) });
}

/** Whether measures of several transfers and analyses stand together. */
export function isTogether(model: LayersModel, view: LayersView): boolean {
  return view.isAll && model.transfers.length > 1 && allMeasures(model).length > 0;
}

/** The transfers on screen: those of the measures that stand together, or the chosen one (the first when that is not there). */
export function shownTransfers(model: LayersModel, view: LayersView): readonly LayersTransfer[] {
  const { transfers } = model;
  if (isTogether(model, view)) return [...new Set(shownMeasures(model, view.measures).map(({ transfer }) => transfer))];
  const chosen = transfers.find(({ id }) => id === view.transfer) ?? transfers[0];
  return chosen ? [chosen] : [];
}

/** What is drawn of the transfers on screen. */
export function shownDepths(model: LayersModel, view: LayersView): LayersDepth[] {
  const baseline = model.pretrainings.some(({ id }) => id === view.baseline) ? view.baseline : undefined;
  if (isTogether(model, view))
    return shownMeasures(model, view.measures).map(({ transfer, metric }) =>
      selectDepth(model, transfer, { metric, baseline }),
    );
  return shownTransfers(model, view).map((transfer) => {
    return selectDepth(model, transfer, { metric: view.metric, baseline });
  });
}

/** Nothing, the random weights first, then the others. */
export function compareOptions({ pretrainings, reference }: LayersModel): Option[] {
  const ids = pretrainings.map(({ id }) => id);
  const first = reference === undefined ? [] : [reference];
  const ordered = [...first, ...ids.filter((id) => id !== reference)];
  return [{ value: '', label: 'nothing' }, ...ordered.map((id) => ({ value: id, label: id }))];
}
