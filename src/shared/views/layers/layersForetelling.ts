/** Whether a measure of an analysis at one layer orders pretrainings as transfers do, in a line for each transfer. Pure. */
import { correlateRanks } from '../../math/correlateRanks';
import type { LayersModel, LayersTransfer } from '../../protocol/panels/layersPanel';
import { metricName } from '../formatNumbers';
import { formatCorrelation } from '../report/extraWords';
import { metricKind } from '../report/metrics';
import { judgeScore } from '../report/scoreCorrelations';

const LEAST_PRETRAININGS = 3;
const RESAMPLES = 400;

/** None for transfers, nor where fewer than three pretrainings have both. */
export function describeForetelling(
  { transfers }: LayersModel,
  { source, metric, layer }: { readonly source: LayersTransfer; readonly metric: string; readonly layer: string },
): string[] {
  if (!source.isAnalysis) return [];
  const place = source.layers.findIndex((one) => one.layer === layer);
  return transfers.flatMap((transfer) => {
    if (transfer.isAnalysis) return [];
    const sign = metricKind(transfer.metrics[0] ?? '').isLowerBetter ? -1 : 1;
    const points = source.series.flatMap(({ pretraining, seeds }) =>
      seeds.flatMap(({ seed, values }) => {
        const x = values[metric]?.[place];
        const own = transfer.series.find((one) => one.pretraining === pretraining);
        const y = own?.seeds.find((one) => one.seed === seed)?.headline;
        return x === null || x === undefined || y === undefined ? [] : [{ x, y: sign * y, group: pretraining }];
      }),
    );
    const pretrainings = new Set(points.map(({ group }) => group)).size;
    if (pretrainings < LEAST_PRETRAININGS) return [];
    const { weighted } = correlateRanks(points, 0, RESAMPLES);
    const what = `${metricName(metric)} at ${layer} against ${transfer.id}`;
    return [`${what}: weighted Kendall ${formatCorrelation(weighted)}, ${judgeScore(weighted, pretrainings)}.`];
  });
}
