/**
 * Which measures of features foretell which transfer: each number of an analysis beside what a transfer came to, over
 * pretrainings and seeds, with rank correlations (Zhao et al. 2021, section 4: is less spread within classes a worse transfer?; You et
 * al. 2021, arXiv 2102.11005, judge transferability scores by the weighted τ).
 */
import { correlateRanks, type Correlation, type RankCorrelations } from '../../math/correlateRanks';
import { analysisMetricName } from './analysisMetrics';
import type { Analysed } from './analysisViews';
import { layerValue, type JoinedRun } from './joinedRun';
import { metricKind } from './metrics';

/** One analysis at one layer against one transfer. */
export interface ScoreView {
  readonly analysis: string;
  readonly layer: string;
  readonly transfer: string;
  readonly pretrainings: number;
  readonly points: number;
  readonly rows: readonly ScoreRow[];
}

export interface ScoreRow {
  readonly metric: string;
  readonly name: string;
  /** Transfers whose metric is better when lower are turned round: positive foretells a better transfer. */
  readonly correlations: RankCorrelations;
  readonly verdict: ScoreVerdict;
}

export type ScoreVerdict = 'rises with it' | 'falls with it' | 'unclear' | 'too few to tell';

const LEAST_PRETRAININGS = 3;
/** A perfect order of four pretrainings comes by chance once in 4!/2 = 12 times; of five, once in 60. */
const LEAST_TOLD = 5;
/** There may be a hundred pairs of measures and transfers. */
const RESAMPLES = 200;

/** For every analysis with numbers of layers and every transfer; none with fewer than three pretrainings that have both. */
export function createScoreViews(run: JoinedRun): ScoreView[] {
  const analyses = [...new Set(run.analysed.map(({ analysis }) => analysis))];
  return analyses.flatMap((analysis) => {
    const results = run.analysed.filter((one) => one.analysis === analysis && one.result.layers.length > 0);
    return results.length === 0 ? [] : run.transfers.flatMap((transfer) => viewOf(run, results, transfer) ?? []);
  });
}

function viewOf(run: JoinedRun, results: readonly Analysed[], transfer: string): ScoreView | undefined {
  const { headline } = run.anyResult(transfer)!;
  const layers = results[0]!.result.layers.map(({ layer }) => layer);
  // At the layer that the transfer reads; of the whole network, at the deepest.
  const layer = layers.includes(headline.layer) ? headline.layer : layers.at(-1)!;
  const sign = metricKind(headline.metric).isLowerBetter ? -1 : 1;
  const metrics = [
    ...new Set(results.flatMap(({ result }) => result.layers.flatMap((one) => Object.keys(one.metrics)))),
  ];
  const pointsOf = (metric: string) =>
    results.flatMap(({ pretraining, seed, result }) => {
      const [x] = layerValue(result.layers, layer, metric);
      const measured = run.measured(pretraining, transfer).find((one) => one.seed === seed);
      if (x === undefined || !measured) return [];
      return [{ x, y: sign * measured.result.headline.value, group: pretraining }];
    });
  const all = metrics.map((metric) => ({ metric, points: pointsOf(metric) }));
  const told = all.filter(({ points }) => groupsOf(points) >= LEAST_PRETRAININGS);
  if (told.length === 0) return undefined;
  const rows = told.map(({ metric, points }): ScoreRow => {
    const correlations = correlateRanks(points, 0, RESAMPLES);
    const verdict = judgeScore(correlations.weighted, groupsOf(points));
    return { metric, name: analysisMetricName(metric), correlations, verdict };
  });
  const { points } = told[0]!;
  const { analysis } = results[0]!;
  return { analysis, layer, transfer, pretrainings: groupsOf(points), points: points.length, rows };
}

function groupsOf(points: readonly { readonly group: string }[]): number {
  return new Set(points.map(({ group }) => group)).size;
}

/** What the weighted correlation may be called. */
export function judgeScore({ value, interval }: Correlation, pretrainings: number): ScoreVerdict {
  if (pretrainings < LEAST_TOLD) return 'too few to tell';
  if (Number.isNaN(value) || !interval) return 'unclear';
  if (interval.low > 0) return 'rises with it';
  return interval.high < 0 ? 'falls with it' : 'unclear';
}

/** `transferability at layer4 against voc: 12 points of 4 pretrainings`. */
export function describeScores({ analysis, layer, transfer, points, pretrainings }: ScoreView): string {
  return `${analysis} at ${layer} against ${transfer}: ${points} points of ${pretrainings} pretrainings`;
}

export const scoreNote =
  'Positive: what has more of it transfers better. Intervals are bootstrapped over pretrainings and their seeds; with fewer than five pretrainings even a perfect order may be chance, and of many measures some correlate by chance.';
