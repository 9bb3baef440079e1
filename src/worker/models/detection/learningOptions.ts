/** How a backbone runs while a detector learns from a batch. */
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { StageOptions } from '../backbone';
import type { LossPass } from './detector';

export function learningOptions(
  { freeze, batchNorm }: Pick<DetectionTransfer, 'freeze' | 'batchNorm'>,
  { statisticsMomentum }: Pick<LossPass, 'statisticsMomentum'>,
): StageOptions {
  return {
    training: batchNorm === 'trained',
    frozen: freeze,
    ...(statisticsMomentum !== undefined && { statisticsMomentum }),
  };
}
