/** Weights panel: which tensor is of the layer that is looked at, and back. */
import { expect, it } from 'vitest';
import { layerAt, tensorOfLayer } from '../../../../../src/shared/views/weights/followWeights';
import type { ListedTensor } from '../../../../../src/shared/weights/listTensors';

const layers = ['conv1', 'layer1', 'layer1.0', 'layer4'];
/** As files name them, with what they are called in the backbone where that is another name. */
const tensors = [
  { name: 'module.encoder_q.conv1.weight', target: 'conv1.weight' },
  { name: 'layer1.0.conv1.weight' },
  { name: 'layer4.1.bn2.bias' },
  { name: 'layer40.weight' },
  { name: 'queue' },
] as unknown as readonly ListedTensor[];

it('a tensor is of the layer of its name in the backbone', () => {
  const found = tensors.map((_, place) => layerAt(tensors, place, layers));
  expect(found).toEqual(['conv1', 'layer1.0', 'layer4', undefined, undefined]);
  expect(layerAt(tensors, 7, layers)).toBeUndefined();
});

it('a layer leads to the first of its tensors that is on screen, unless one of them is chosen', () => {
  const follow = (layer: string, chosen?: number, places = [4, 3, 2, 1, 0]) =>
    tensorOfLayer(tensors, places, { layer, chosen });
  expect(follow('conv1')).toBe(0);
  expect(follow('layer1')).toBe(1);
  expect(follow('layer4', 0)).toBe(2);
  expect(follow('layer4', 2)).toBeUndefined();
  // Filtered away.
  expect(follow('layer4', 0, [0, 1])).toBeUndefined();
  expect(follow('layer3', 0)).toBeUndefined();
});
