/** Words that the parts of the panel share. */
import { metricName } from '../../../src/shared/views/formatNumbers';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';

/** `probe`, `probe: top-5`, `geometry: RankMe`: one of several measures. */
export function describeMeasure({ transfer, metric, isHeadline }: LayersDepth): string {
  return isHeadline ? transfer : `${transfer}: ${metricName(metric)}`;
}

/** `top-1 accuracy` or `top-1 accuracy minus random`. */
export function describeTransferMetric({ metric, baseline }: LayersDepth): string {
  return baseline === undefined ? metricName(metric) : `${metricName(metric)} minus ${baseline}`;
}
