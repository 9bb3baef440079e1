/**
 * What a curve says by itself: not finite, no better than chance, collapsed, memorised, risen, fallen. Pure; limits are ours
 * and cautious, so that a remark means something. Young curves are left alone: most remarks need eight points.
 */
import type { MetricCurve } from '../../results/metricCurves';
import type { Remark } from '../../protocol/panels/runPanel';
import { chanceLoss, type CurveContext } from './curveNotes';
import { formatCount } from '../formatNumbers';

export interface CurveFacts {
  readonly metric: string;
  readonly curve: MetricCurve;
  readonly context: CurveContext;
}

const ENOUGH = 8;

/** What to do when the training waits for its images. */
export const quickerImages =
  'keep them on a local disk and no larger than the training needs, choose a simpler `augment`, or use a machine with more cores';

export function remarksOnCurve({ metric, curve, context }: CurveFacts): Remark[] {
  const broken = remarkOnBroken(curve);
  const finite = onlyFinite(curve);
  const judge = judges[metric];
  const judged = judge && finite.values.length > 0 ? judge(finite, context) : [];
  return [...(broken ? [broken] : []), ...judged];
}

function remarkOnBroken({ steps, values }: MetricCurve): Remark | undefined {
  const first = values.findIndex((value) => !Number.isFinite(value));
  if (first < 0) return undefined;
  const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  const more = count > 1 ? ` and ${formatCount(count - 1)} more times` : '';
  const text = `not a finite number at step ${formatCount(steps[first]!)}${more}: lower the learning rate or warm up`;
  return { level: 'error', text };
}

type Judge = (curve: MetricCurve, context: CurveContext) => Remark[];

const judges: Readonly<Record<string, Judge>> = {
  loss: judgeLoss,
  trainAccuracy: (curve) =>
    isMature(curve) && recentMean(curve) >= 0.995
      ? [warn('100 %: the training images are memorised; stronger augmentation or fewer steps teach as much')]
      : [],
  positiveAccuracy: (curve) =>
    isMature(curve) && recentMean(curve) >= 0.995
      ? [warn('100 %: the task is solved; a longer queue or stronger augmentation makes it worth learning')]
      : [],
  spread: (curve) =>
    isMature(curve) && recentMean(curve) < 0.1
      ? [problem('collapsed: embeddings of different images are all but the same; lower the learning rate')]
      : [],
  rankMe: (curve) =>
    isMature(curve) && recentMean(curve) < 1.5
      ? [problem('collapsed: the features use a single direction; lower the learning rate or check the augmentation')]
      : [],
  uniformity: (curve) =>
    isMature(curve) && recentMean(curve) > -0.05
      ? [warn('embeddings crowd at one point of the sphere; see the spread and the effective rank')]
      : [],
  knn: judgeNeighbours,
  gradientNorm: judgeGradient,
  imagesPerSecond: judgeSpeed,
  waiting: judgeWaiting,
};

function judgeLoss(curve: MetricCurve, context: CurveContext): Remark[] {
  if (!isMature(curve)) return [];
  const recent = recentMean(curve);
  const chance = chanceLoss(context);
  if (chance !== undefined && Math.abs(recent - chance) < 0.02 * chance && isFlat(curve)) {
    const sum = `log(K + 1) = ${chance.toFixed(2)}`;
    return [warn(`flat at ${sum}: no better than guessing among ${formatCount(context.queue ?? 0)} keys`)];
  }
  // Contrastive losses rise while the queue fills: that part does not count.
  const settled = context.queue !== undefined && context.batch ? (4 * context.queue) / context.batch : 0;
  const from = Math.max(curve.values.length >> 3, firstBeyond(curve.steps, settled));
  const lowest = lowestMean(curve.values.subarray(from));
  if (lowest === undefined || recent <= lowest + 0.25 * Math.abs(lowest) + 0.01) return [];
  return [
    warn(`has risen from ${lowest.toPrecision(3)} to ${recent.toPrecision(3)}: the learning rate may be too high`),
  ];
}

function judgeNeighbours({ steps, values }: MetricCurve): Remark[] {
  if (values.length < 2) return [];
  const best = values.reduce((place, value, i) => (value > values[place]! ? i : place), 0);
  const said = `best ${(100 * values[best]!).toFixed(1)} % at step ${formatCount(steps[best]!)}`;
  const last = values.at(-1)!;
  const fallen = values.length >= ENOUGH && recentMean({ steps, values }) < values[best]! - 0.05;
  return [fallen ? warn(`${said}, now ${(100 * last).toFixed(1)} %: longer training does not help`) : info(said)];
}

function judgeGradient(curve: MetricCurve): Remark[] {
  if (!isMature(curve)) return [];
  const middle = median(curve.values);
  const last = curve.values.at(-1)!;
  if (middle <= 0 || last < 10 * middle) return [];
  return [warn(`${last.toPrecision(2)} is more than ten times its median of ${middle.toPrecision(2)}`)];
}

function judgeSpeed(curve: MetricCurve): Remark[] {
  const middle = median(curve.values);
  const recent = recentMean(curve);
  const rate = info(`${formatCount(Math.round(middle))} in the median`);
  if (!isMature(curve) || recent > 0.6 * middle) return [rate];
  return [
    warn(`${formatCount(Math.round(recent))} lately, ${formatCount(Math.round(middle))} in the median: slowed down`),
  ];
}

function judgeWaiting(curve: MetricCurve): Remark[] {
  const share = Math.round(100 * median(curve.values));
  return [
    share < 25
      ? info(`${share} % of the time in the median: the images keep up`)
      : warn(`the training waited ${share} % of the time for images: ${quickerImages}`),
  ];
}

function isMature({ values }: MetricCurve): boolean {
  return values.length >= ENOUGH;
}

/** Of the last quarter, at least four points. */
function recentMean({ values }: MetricCurve): number {
  return mean(
    values.subarray(Math.min(values.length - 1, Math.max(0, values.length - Math.max(4, values.length >> 2)))),
  );
}

/** Whether the second half lies within 2 % of its mean. */
function isFlat({ values }: MetricCurve): boolean {
  const half = values.subarray(values.length >> 1);
  const middle = mean(half);
  return half.every((value) => Math.abs(value - middle) <= 0.02 * Math.abs(middle));
}

/** Lowest mean of four successive values; undefined when there are fewer. */
function lowestMean(values: Float64Array): number | undefined {
  let lowest: number | undefined;
  for (let i = 4; i <= values.length; i++) {
    const here = mean(values.subarray(i - 4, i));
    if (lowest === undefined || here < lowest) lowest = here;
  }
  return lowest;
}

function firstBeyond(steps: Float64Array, step: number): number {
  const found = steps.findIndex((at) => at > step);
  return found < 0 ? steps.length : found;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: Float64Array): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}

function onlyFinite({ steps, values }: MetricCurve): MetricCurve {
  if (values.every(Number.isFinite)) return { steps, values };
  return { steps: steps.filter((_, i) => Number.isFinite(values[i]!)), values: values.filter(Number.isFinite) };
}

const info = (text: string): Remark => ({ level: 'info', text });
const warn = (text: string): Remark => ({ level: 'warning', text });
const problem = (text: string): Remark => ({ level: 'error', text });
