/** Weight files that exist in memory only: names and shapes, with numbers where a test wants some. */
import { rowMajorStrides, type TensorPlace } from '../../../../src/shared/weights/tensorPlace';
import type { WeightsFile } from '../../../../src/shared/weights/weightsFile';

export function place(shape: readonly number[], data?: readonly number[]): TensorPlace {
  const read = () =>
    Promise.resolve(
      Float32Array.from(data ?? new Array<number>(shape.reduce((product, side) => product * side, 1)).fill(0)),
    );
  return { dtype: 'float32', shape, strides: rowMajorStrides(shape), read };
}

export function weightsOf(
  shapes: Iterable<readonly [string, readonly number[]]>,
  rest: Partial<WeightsFile> = {},
): WeightsFile {
  const tensors = new Map([...shapes].map(([name, shape]) => [name, place(shape)]));
  return { name: 'file.pth', format: 'pytorch', tensors, metadata: {}, ...rest };
}
