/** What the panel shows of model and view: which transfers, which pretrainings, what is subtracted. Pure. */
import type { LayersModel, LayersTransfer, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import { selectDepth, type LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import type { Option } from '../../ui/choice';

/** The transfers on screen: all, or the chosen one (the first when that is not there). */
export function shownTransfers({ transfers }: LayersModel, view: LayersView): readonly LayersTransfer[] {
  if (view.isAll && transfers.length > 1) return transfers;
  const chosen = transfers.find(({ id }) => id === view.transfer) ?? transfers[0];
  return chosen ? [chosen] : [];
}

/** What is drawn of the transfers on screen. */
export function shownDepths(model: LayersModel, view: LayersView): LayersDepth[] {
  const baseline = model.pretrainings.some(({ id }) => id === view.baseline) ? view.baseline : undefined;
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
