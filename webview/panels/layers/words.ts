/** Words that the parts of the panel share. */
import { metricName } from '../../../src/shared/views/formatNumbers';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';

/** `top-1 accuracy` or `top-1 accuracy minus random`. */
export function describeTransferMetric({ metric, baseline }: LayersDepth): string {
  return baseline === undefined ? metricName(metric) : `${metricName(metric)} minus ${baseline}`;
}
