/** How the Batch panel takes part in the selection of all panels: what it tells of its layers and images, what it follows. Pure. */
import type { BatchView } from '../../protocol/panels/batchPanel';
import type { PanelSelection, SelectionChange } from '../../protocol/panels/selection';
import type { BatchInspection, BatchSession, InspectedLayer } from '../../results/batchInspection';
import { findImage } from '../selection/shownStages';
import { entryOfStage } from './batchPanel';
import { findLayer, layerName } from './tensorRows';

export function selectionOfLayer({ stage }: BatchSession, { name }: InspectedLayer): PanelSelection {
  // Other panels know no second network.
  return { layer: name.replace(/^[^:]*:/, ''), ...entryOfStage(stage) };
}

/** `image`: row of `images`. */
export function selectionOfImage(session: BatchSession, { images }: BatchInspection, image: number): PanelSelection {
  const chosen = images[image];
  return chosen ? { image: { ...session.images, name: chosen.name } } : {};
}

export interface FollowedBatch {
  readonly session: BatchSession;
  /** On screen. */
  readonly inspection: BatchInspection;
  readonly view: Pick<BatchView, 'image' | 'layers'>;
}

/** What changes here by what was chosen elsewhere; nothing where the update lacks it. A call or an image that is chosen already stays. */
export function followBatch(
  { session, inspection, view }: FollowedBatch,
  { layer, image }: SelectionChange,
): Partial<BatchView> {
  const { layers, images } = inspection;
  const found = layer ? findLayer(layers, layer) : undefined;
  const isChosen = layers.some((one) => one.name === found?.name && layerName(one) === view.layers.chosen);
  const names = images.map(({ name }) => name);
  const place = image ? findImage(session.images, names, image) : -1;
  const isShown = view.image !== undefined && names[view.image] === names[place];
  return {
    ...(found && !isChosen && { layers: { ...view.layers, chosen: layerName(found) } }),
    ...(place >= 0 && !isShown && { image: place }),
  };
}
