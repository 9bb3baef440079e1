/** A stage that inverts two tiny images from one layer in a few steps. */
import type { InversionAnalysis } from '../../src/shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../src/shared/experiment/stages';
import { IMAGE_SIDE, tinyBackbone } from './tinyWorld';

const settings: InversionAnalysis = {
  ...{ id: 'inversion', kind: 'inversion', data: 'tiny', split: 'train', of: ['a'], images: [0, 5] },
  ...{ imageSize: IMAGE_SIDE, layers: ['layer2'], prior: 'deep', quick: false, iterations: 3, learningRate: 0.01 },
  network: { channels: [4, 4], kernels: [5, 3], skipChannels: 2, noiseChannels: 4, noiseScale: 0.1, side: IMAGE_SIDE },
  ...{ variation: 0, snapshots: [1, 3], trunk: 'alex', lpips: [], checkpointEvery: 500 },
};

/** weights: key of the stage whose checkpoint is looked into. */
export function tinyInversion(
  base: Omit<NetworkAnalysisStage, 'kind' | 'analysis' | 'settings' | 'backbone' | 'weights'>,
  weights: string,
): NetworkAnalysisStage {
  return { ...base, kind: 'analysis', analysis: 'inversion', settings, backbone: tinyBackbone, weights };
}
