/** An embedding of the features of the tiny images, in few steps. */
import type { EmbeddingAnalysis } from '../../src/shared/experiment/analysisSchema';
import { embeddingOwnFields, type EmbeddingMethod } from '../../src/shared/experiment/embeddingFields';
import { fillDefaults } from '../../src/shared/experiment/fields';
import type { FeaturesAnalysisStage } from '../../src/shared/experiment/stages';

type Base = Pick<FeaturesAnalysisStage, 'id' | 'label' | 'key' | 'seed' | 'seeds' | 'pretraining' | 'needs'>;

interface TinyEmbedding {
  readonly method: EmbeddingMethod;
  /** Key of the features. */
  readonly features: string;
  readonly imageSize: number;
}

export function tinyEmbedding(base: Base, { method, features, imageSize }: TinyEmbedding): FeaturesAnalysisStage {
  const settings: EmbeddingAnalysis = {
    ...fillDefaults(embeddingOwnFields, { method, neighbours: 6, perplexity: 5 }),
    ...{ id: 'embedding', kind: 'embedding', data: 'tiny', split: 'train', images: 64, imageSize },
    ...{ layers: ['layer4'], pool: 'average', of: ['a'] },
    ...(method !== 'pca' && { iterations: 40 }),
  };
  return { ...base, kind: 'analysis', analysis: 'embedding', settings, features };
}
