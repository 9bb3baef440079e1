/** Files of test/golden/data/weights, opened with Node's files as the programs do. */
import path from 'node:path';
import { weightPlatform } from '../../../../src/runs/weightPlatform';
import { useWeights } from '../../../../src/shared/weights/useWeights';
import type { WeightsFile } from '../../../../src/shared/weights/weightsFile';

export const goldenFolder = path.resolve(import.meta.dirname, '../../../golden/data/weights');

export function useGolden<Result>(name: string, use: (weights: WeightsFile) => Promise<Result>): Promise<Result> {
  return useWeights({ path: path.join(goldenFolder, name), name }, weightPlatform, use);
}

/** Name → dtype, shape, values as float32. */
export function readAll(weights: WeightsFile): Promise<Record<string, [string, number[], number[]]>> {
  return Promise.all(
    [...weights.tensors].map(async ([name, place]) => {
      return [name, [place.dtype, [...place.shape], [...(await place.read())]]] as const;
    }),
  ).then((entries) => Object.fromEntries(entries) as Record<string, [string, number[], number[]]>);
}
