/**
 * What a transfer by depth says, in plain sentences made from the paired intervals alone: who is best at which layers and
 * by how much, where it is too close to tell, and where each pretraining has its best layer.
 */
import { compareSeeds } from '../report/compareSeeds';
import { formatList, formatNumberOf } from '../formatNumbers';
import { judge, type LayersDepth, type LayersRow } from './layersDepth';
import { formatMetric, formatMetricDifference, metricSuffix } from '../report/metrics';

/** More pretrainings than this are left to the table. */
const MOST_SENTENCES = 4;

/** Sentences about scores, or about differences where the view has a baseline; none when nothing was measured. */
export function describeDepths(view: LayersDepth): string[] {
  const rows = view.series.filter(({ points }) => points.some((point) => point));
  const [only] = rows;
  if (!only) return [];
  if (view.baseline !== undefined) return describeDifferences(view, rows, view.baseline);
  if (rows.length === 1) return [`${only.pretraining} is the only one measured, ${describePeak(view, only)}.`];
  const isJudged = rows.some(({ points }) => points.some((point) => point && point.n > 1));
  if (!isJudged) return describeSingleSeeds(view, rows);
  return [...describeLeads(view, rows), describePeaks(view, rows)];
}

/** Who leads a layer, and the closest of those it is not clearly above. */
interface Lead {
  readonly index: number;
  readonly leader: LayersRow;
  readonly second: LayersRow;
  readonly rivals: readonly string[];
}

function leadAt(view: LayersDepth, rows: readonly LayersRow[], index: number): Lead | undefined {
  const sign = view.isLowerBetter ? -1 : 1;
  const measured = rows.filter(({ points }) => points[index]);
  const ordered = [...measured].sort((a, b) => sign * (b.points[index]!.mean - a.points[index]!.mean));
  const [leader, second] = ordered;
  if (!leader || !second) return undefined;
  const rivals = ordered.slice(1).filter((row) => {
    const difference = compareSeeds(leader.points[index]!.values, row.points[index]!.values);
    return !difference || judge(difference, view.isLowerBetter) !== 'above';
  });
  return { index, leader, second, rivals: rivals.map(({ pretraining }) => pretraining) };
}

function describeLeads(view: LayersDepth, rows: readonly LayersRow[]): string[] {
  const leads = view.layers.flatMap((_, index) => leadAt(view, rows, index) ?? []);
  const certain = leads.filter(({ rivals }) => rivals.length === 0);
  const close = leads.filter(({ rivals }) => rivals.length > 0);
  const leaders = [...new Set(certain.map(({ leader }) => leader))];
  const sentences = leaders.slice(0, MOST_SENTENCES).map((leader) => {
    const own = certain.filter((lead) => lead.leader === leader);
    return `${leader.pretraining} is ${bestWord(view)} at ${nameLayers(view, indices(own))}, ${describeMargin(view, own)}`;
  });
  if (close.length === 0) return sentences.map((sentence) => `${sentence}.`);
  const deepest = close.at(-1)!;
  const names = formatList([deepest.leader.pretraining, ...deepest.rivals]);
  const where = close.length === 1 ? '' : `at ${layerName(view, deepest.index)} `;
  const doubt = `too close to tell at ${nameLayers(view, indices(close))} (${where}between ${names})`;
  const last = sentences.pop();
  if (last === undefined) return [`${view.isNeutral ? 'Which' : 'Who'} is ${bestWord(view)} is ${doubt}.`];
  return [...sentences.map((sentence) => `${sentence}.`), `${last}, but it is ${doubt}.`];
}

/** `by 3.1 ± 0.8 points over moco`, of the deepest layer where there are several. */
function describeMargin(view: LayersDepth, leads: readonly Lead[]): string {
  const { index, leader, second } = leads.at(-1)!;
  const difference = compareSeeds(leader.points[index]!.values, second.points[index]!.values)!;
  const size = { ...difference, mean: Math.abs(difference.mean) };
  const margin = `${formatMetric(view.metric, size)}${metricSuffix(view.metric, true)} over ${second.pretraining}`;
  return leads.length === 1 ? `by ${margin}` : `at ${layerName(view, index)} by ${margin}`;
}

function describeSingleSeeds(view: LayersDepth, rows: readonly LayersRow[]): string[] {
  const lead = leadAt(view, rows, lastMeasured(view, rows));
  if (!lead) return [];
  const value = `${formatMetric(view.metric, lead.leader.points[lead.index]!)}${metricSuffix(view.metric)}`;
  const extreme = view.isLowerBetter ? 'lowest' : 'highest';
  return [
    `One seed only: there is no interval, so which is ${bestWord(view)} cannot be told from chance.`,
    `${lead.leader.pretraining} has the ${extreme} value at ${layerName(view, lead.index)}, ${value}.`,
  ];
}

function lastMeasured(view: LayersDepth, rows: readonly LayersRow[]): number {
  return view.layers.findLastIndex((_, index) => rows.some(({ points }) => points[index]));
}

/** `best layer: random at conv1, moco and supervised at layer4`. */
function describePeaks(view: LayersDepth, rows: readonly LayersRow[]): string {
  const byLayer = new Map<number, string[]>();
  for (const row of rows) {
    const index = peakOf(view, row);
    byLayer.set(index, [...(byLayer.get(index) ?? []), row.pretraining]);
  }
  const parts = [...byLayer]
    .sort(([a], [b]) => a - b)
    .map(([index, names]) => `${formatList(names)} at ${layerName(view, index)}`);
  return `${view.isLowerBetter ? 'Lowest' : 'Highest'} mean of each: ${parts.join('; ')}.`;
}

function describePeak(view: LayersDepth, row: LayersRow): string {
  const index = peakOf(view, row);
  const value = `${formatMetric(view.metric, row.points[index]!)}${metricSuffix(view.metric)}`;
  return `${view.isLowerBetter ? 'lowest' : 'highest'} at ${layerName(view, index)}: ${value}`;
}

function peakOf(view: LayersDepth, { points }: LayersRow): number {
  const sign = view.isLowerBetter ? -1 : 1;
  let best = -1;
  points.forEach((point, index) => {
    const held = best < 0 ? undefined : points[best];
    if (point && (!held || sign * point.mean > sign * held.mean)) best = index;
  });
  return best;
}

function describeDifferences(view: LayersDepth, rows: readonly LayersRow[], baseline: string): string[] {
  const others = rows.filter(({ pretraining }) => pretraining !== baseline);
  if (others.length === 0) return [`Only ${baseline} has been measured, so there is nothing to compare it with.`];
  const shown = others.slice(0, MOST_SENTENCES).map((row) => `${describeAgainst(view, row, baseline)}.`);
  const hidden = others.length - shown.length;
  return hidden === 0 ? shown : [...shown, `${formatNumberOf(hidden, 'more pretraining')} in the table.`];
}

function describeAgainst(view: LayersDepth, { pretraining, points }: LayersRow, baseline: string): string {
  if (points.every((point) => !point || point.n < 2))
    return `${pretraining} shares one seed with ${baseline}, so no difference can be judged`;
  const at = (verdict: string): number[] =>
    points.flatMap((point, index) => (point && (point.verdict ?? 'unclear') === verdict ? [index] : []));
  const [above, below, unclear] = [at('above'), at('below'), at('unclear')] as const;
  const isJudged = above.length + below.length > 0;
  const [up, down] = view.isNeutral ? ['higher', 'lower'] : ['better', 'worse'];
  const parts = [
    ...(above.length > 0
      ? [`${up} than ${baseline} at ${nameLayers(view, above)} (${largest(view, points, above)})`]
      : []),
    ...(below.length > 0
      ? [
          `${down}${above.length > 0 ? '' : ` than ${baseline}`} at ${nameLayers(view, below)} (${largest(view, points, below)})`,
        ]
      : []),
    ...(unclear.length > 0
      ? [`${isJudged ? 'too close' : `too close to ${baseline}`} to tell at ${nameLayers(view, unclear)}`]
      : []),
  ];
  return `${pretraining} is ${parts.join(', ')}`;
}

/** The difference with the largest size, with its layer where there are several. */
function largest(view: LayersDepth, points: LayersRow['points'], layers: readonly number[]): string {
  const index = layers.reduce((a, b) => (Math.abs(points[b]!.mean) > Math.abs(points[a]!.mean) ? b : a));
  const size = `${formatMetricDifference(view.metric, points[index]!)}${metricSuffix(view.metric, true)}`;
  return layers.length === 1 ? size : `${size} at ${layerName(view, index)}`;
}

function indices(leads: readonly Lead[]): number[] {
  return leads.map(({ index }) => index);
}

function bestWord({ isNeutral }: LayersDepth): string {
  return isNeutral ? 'highest' : 'best';
}

function layerName({ layers }: LayersDepth, index: number): string {
  return layers[index]!.layer;
}

/** Neighbours are joined: `conv1, layer2 to layer3.1 and avgpool`; `every layer` when nothing is left out. */
export function nameLayers(view: LayersDepth, layers: readonly number[]): string {
  if (layers.length === view.layers.length && layers.length > 2) return 'every layer';
  const spans: [number, number][] = [];
  for (const index of layers) {
    const last = spans.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else spans.push([index, index]);
  }
  const names = spans.flatMap(([from, to]) => {
    if (to - from >= 2) return [`${layerName(view, from)} to ${layerName(view, to)}`];
    return Array.from({ length: to - from + 1 }, (_, i) => layerName(view, from + i));
  });
  return formatList(names, 5);
}
