/** Figures of the weights that an update moved, of their gradients, and of how far they moved. */
import { summarise } from '../../shared/math/tensorSummary';
import type { InspectedParameter } from '../../shared/results/batchInspection';

/** relativeUpdate = ‖after − before‖ / ‖before‖; absent where the weights are all 0. */
export function compareParameters(
  parameters: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  values: Readonly<Record<'before' | 'gradients' | 'after', ReadonlyMap<string, Float32Array>>>,
): InspectedParameter[] {
  return [...parameters].map(([name, { shape }]) => {
    const before = values.before.get(name)!;
    const gradient = values.gradients.get(name);
    const weight = summarise(before);
    return {
      ...{ name, shape, weight },
      ...(gradient && { gradient: summarise(gradient) }),
      ...(weight.norm > 0 && { relativeUpdate: distance(before, values.after.get(name)!) / weight.norm }),
    };
  });
}

function distance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (b[i]! - a[i]!) * (b[i]! - a[i]!);
  return Math.sqrt(squares);
}
