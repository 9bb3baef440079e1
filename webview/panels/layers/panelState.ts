/** What the panel shows of model and view: which transfers, which pretrainings, what is subtracted. Pure. */
import type { LayersModel, LayersTransfer, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import {
  allMeasures,
  selectDepth,
  shownMeasures,
  type LayersDepth,
} from '../../../src/shared/views/layers/layersDepth';
import type { Option } from '../../ui/choice';

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
