/**
 * The `inspectWeights` request: what a weight file is, tensor by tensor, for the editor's Weights view. It is told in parts
 * as it becomes known, so that nobody waits for the end of a large file. Nothing is computed with tensors here.
 */
import type { WeightsInspectionRequest, WeightsPart } from '../shared/protocol/worker';
import { describeWeights } from '../shared/weights/describeWeights';
import { listTensors, type ListedTensor } from '../shared/weights/listTensors';
import { proposePrefixes, recognise } from '../shared/weights/recognise';
import { judgeNorms, tellsOfInput, type ReadTensor } from '../shared/weights/suspicions';
import { measureTensor, type TensorStatistics } from '../shared/weights/tensorStatistics';
import { useWeights } from '../shared/weights/useWeights';
import type { WeightsFile } from '../shared/weights/weightsFile';
import { weightPlatform } from './checkpoint/weightPlatform';

/** Tensors in one part, and how long measured ones are held back. */
const partTensors = 2000;
const partMs = 150;
const maxPrefixes = 5;

/** Sends parts until all is said; stops between two tensors when the signal says so. */
export async function inspectWeights(
  request: WeightsInspectionRequest,
  tell: (part: WeightsPart) => void,
  signal: AbortSignal,
): Promise<void> {
  const { file, name, other } = request;
  await useWeights({ path: file, name }, weightPlatform, async (weights) => {
    const own = describeWeights(weights, { mapping: request.mapping });
    const backbone = request.backbone ?? own.found?.backbone;
    const options = { mapping: request.mapping, ...(backbone && { backbone }) };
    const summary = backbone ? describeWeights(weights, options) : own;
    const tensors = listTensors(weights, options);
    const prefixes = listPrefixes(weights);
    tell({ kind: 'described', summary, tensors: tensors.length, prefixes, ...(backbone && { backbone }) });
    for (let from = 0; from < tensors.length; from += partTensors)
      tell({ kind: 'listed', tensors: tensors.slice(from, from + partTensors) });
    if (!request.measure) return;
    tell({ kind: 'judged', warnings: await judge(weights, request, tensors) });
    if (other) await useWeights({ path: other.file, name: other.name }, weightPlatform, (b) => measure(weights, b));
    else await measure(weights);
  });

  async function measure(weights: WeightsFile, others?: WeightsFile): Promise<void> {
    let [statistics, from, at]: [TensorStatistics[], number, number] = [[], 0, performance.now()];
    for (const [tensor, place] of weights.tensors) {
      if (signal.aborted) return;
      statistics.push(await measureTensor(place, others?.tensors.get(tensor)));
      if (statistics.length < partTensors && performance.now() - at < partMs) continue;
      tell({ kind: 'measured', from, statistics });
      [statistics, from, at] = [[], from + statistics.length, performance.now()];
    }
    tell({ kind: 'measured', from, statistics });
  }
}

/** Each once, by its best way of naming. */
function listPrefixes(weights: WeightsFile): { prefix: string; weights: number }[] {
  const best = new Map<string, number>();
  for (const { prefix, count } of proposePrefixes(weights, 4 * maxPrefixes))
    if (!best.has(prefix)) best.set(prefix, count);
  return [...best].slice(0, maxPrefixes).map(([prefix, count]) => ({ prefix, weights: count }));
}

/** What the batch norms say of the images that the network saw; reads little of the file, and only what fits. */
async function judge(
  weights: WeightsFile,
  { mapping }: WeightsInspectionRequest,
  tensors: readonly ListedTensor[],
): Promise<string[]> {
  const found = recognise(weights, mapping);
  if (!found) return [];
  const fitting = new Set(tensors.flatMap(({ name, target = name, fate }) => (fate === 'matched' ? [target] : [])));
  const read = new Map<string, ReadTensor>();
  for (const [name, place] of found.tensors)
    if (tellsOfInput(name) && fitting.has(name)) read.set(name, { shape: place.shape, data: await place.read() });
  return judgeNorms(read, found.family);
}
