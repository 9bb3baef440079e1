/** Which tensors are of the layer that other panels look at. Pure. */
import type { ListedTensor } from '../../weights/listTensors';
import { layerOfTensor } from '../selection/linkedSelection';

/** The layer of the tensor at `place`; undefined for what is of none. */
export function layerAt(
  tensors: readonly ListedTensor[],
  place: number,
  layers: readonly string[],
): string | undefined {
  const tensor = tensors[place];
  return tensor && layerOfTensor(layers, nameInBackbone(tensor));
}

/** The first tensor on screen of a layer; undefined where there is none, or the chosen one is of it. */
export function tensorOfLayer(
  tensors: readonly ListedTensor[],
  places: readonly number[],
  { layer, chosen }: { readonly layer: string; readonly chosen: number | undefined },
): number | undefined {
  const isOf = (place: number | undefined): boolean => {
    const tensor = place === undefined ? undefined : tensors[place];
    return tensor !== undefined && layerOfTensor([layer], nameInBackbone(tensor)) === layer;
  };
  return isOf(chosen) ? undefined : places.find(isOf);
}

function nameInBackbone({ name, target }: ListedTensor): string {
  return target ?? name;
}
