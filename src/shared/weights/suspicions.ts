/** What is suspicious about a backbone's weights, in sentences: what cannot be right, and what images they were made for. */
import type { Family } from './family';
import { estimateInput } from './inputStatistics';

/** A weight with its numbers, in PyTorch's layout. */
export interface ReadTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Mean inputs farther from 0 than this, in units of their deviation, were not centred. */
const farMean = 0.75;
/** The deviation is estimated roughly; beyond these the inputs were surely not divided by ImageNet's (0 to 255 has 60). */
const deviations = { low: 0.1, high: 15 };
/** How much of the output means the input's must explain before a conclusion is drawn. */
const enough = 0.7;

export function findSuspicions(tensors: ReadonlyMap<string, ReadTensor>, family: Pick<Family, 'input'>): string[] {
  return [...findNonFinite(tensors), ...judgeNorms(tensors, family)];
}

/** What batch norms and the first filters tell; other weights need not be there. */
export function judgeNorms(tensors: ReadonlyMap<string, ReadTensor>, family: Pick<Family, 'input'>): string[] {
  return [...findUntrained(tensors), ...judgeInput(tensors, family)];
}

/** Whether `judgeNorms` reads a weight. */
export function tellsOfInput(name: string): boolean {
  return name === 'conv1.weight' || /\.running_(?:mean|var)$/.test(name);
}

function findNonFinite(tensors: ReadonlyMap<string, ReadTensor>): string[] {
  const bad = [...tensors]
    .filter(([, { data }]) => data.some((value) => !Number.isFinite(value)))
    .map(([name]) => name);
  if (bad.length === 0) return [];
  return [
    `${bad.length} weights hold numbers that are not finite (NaN or infinite), the first ${bad[0]}: the training diverged or the file is damaged`,
  ];
}

function findUntrained(tensors: ReadonlyMap<string, ReadTensor>): string[] {
  const norms = [...tensors.keys()].flatMap((name) => /^(.*)\.running_var$/.exec(name)?.[1] ?? []);
  const initial = norms.filter((norm) => {
    const [mean, variance] = [tensors.get(`${norm}.running_mean`), tensors.get(`${norm}.running_var`)];
    return mean !== undefined && variance !== undefined && isInitial(mean, variance);
  });
  if (initial.length === 0) return [];
  return [
    `batch norm has its initial statistics (mean 0, variance 1) in ${initial.length} of ${norms.length} layers, the first ${initial[0]}: the network was never trained, or the statistics were not saved; features will not be normalised`,
  ];
}

/** As a fresh batch norm has them. */
function isInitial(mean: ReadTensor, variance: ReadTensor): boolean {
  return mean.data.every((value) => value === 0) && variance.data.every((value) => value === 1);
}

function judgeInput(tensors: ReadonlyMap<string, ReadTensor>, { input }: Pick<Family, 'input'>): string[] {
  if (input === 'bgr-caffe')
    return [
      'files of this origin expect BGR images of 0 to 255 less the mean; here they get RGB images, standardised: the channel order and the scale are both wrong for it',
    ];
  const [filters, mean, variance] = ['conv1.weight', 'bn1.running_mean', 'bn1.running_var'].map((name) =>
    tensors.get(name),
  );
  if (!filters || !mean || !variance || filters.shape[1] !== 3) return [];
  if (isInitial(mean, variance)) return [];
  const layer = { filters: filters.data, kernel: filters.shape[2]!, mean: mean.data, variance: variance.data };
  const found = estimateInput(layer);
  if (!found) return [];
  const means = found.mean.map((value) => value.toPrecision(2)).join(', ');
  const warnings: string[] = [];
  const isFar = found.explained > enough && Math.max(...found.mean.map(Math.abs)) > farMean * found.deviation;
  if (isFar || found.deviation < deviations.low || found.deviation > deviations.high) {
    warnings.push(
      `the first batch norm says that the network saw images with channel means of about ${means} and a deviation of about ${found.deviation.toPrecision(2)}; here they get means of about 0 and deviations of about 1, so the normalisation is probably another`,
    );
  }
  const [first, , third] = found.mean;
  if (isFar && first > 0 && third > 1.05 * first)
    warnings.push(
      `the third input channel was brighter than the first (${means}), as blue is not in photographs: the channels are probably in the order BGR, and here they are RGB`,
    );
  return warnings;
}
