/**
 * Classifiers of few-shot episodes on fixed features: nearest class mean (Snell et al. 2017, arXiv 1703.05175), nearest mean
 * by cosine similarity (Chen et al. 2019, arXiv 1904.04232, without its training), and those that are learnt in each episode
 * (logisticEpisode.ts, tunedHead.ts). All give scores whose largest is the prediction and whose softmax is a share.
 */
import { normalizeRows } from '../knn';
import type { LogisticSettings } from './logisticEpisode';
import { scoreByLogistic } from './logisticEpisode';
import type { TunedHeadSettings } from './tunedHead';
import { productRows, squaredDistances } from './rowProducts';
import { scoreByTunedHead } from './tunedHead';

/** One episode. Rows stand class by class. */
export interface EpisodeFeatures {
  readonly ways: number;
  readonly shots: number;
  readonly dimension: number;
  /** [ways · shots, dimension] */
  readonly support: Float32Array;
  /** [queries of all classes, dimension] */
  readonly query: Float32Array;
}

export type EpisodeClassifier =
  | { readonly kind: 'nearest-mean' }
  | { readonly kind: 'cosine' }
  | ({ readonly kind: 'logistic' } & LogisticSettings)
  | ({ readonly kind: 'fine-tuned-head' } & TunedHeadSettings);

export const episodeClassifierNames = ['nearest-mean', 'cosine', 'logistic', 'fine-tuned-head'] as const;

/** Cosine similarities lie so close together that their softmax would say nothing; 10 is Gidaris & Komodakis' start (2018). */
const COSINE_SCALE = 10;

/** Scores [queries, ways]; `episode` is its number, from which a learnt classifier draws. */
export function scoreEpisode(classifier: EpisodeClassifier, features: EpisodeFeatures, episode: number): Float64Array {
  switch (classifier.kind) {
    case 'nearest-mean':
      return scoreByMean(features);
    case 'cosine':
      return scoreByCosine(features);
    case 'logistic':
      return scoreByLogistic(features, classifier);
    case 'fine-tuned-head':
      return scoreByTunedHead(features, classifier, episode);
  }
}

/** −‖q − μ_c‖², μ_c the mean of the class's supports. */
function scoreByMean(features: EpisodeFeatures): Float64Array {
  const { dimension, query } = features;
  return squaredDistances(query, classMeans(features), dimension).map((square) => -square);
}

/** 10 · cos(q, μ_c), μ_c the mean of the class's supports, each scaled to length 1. */
function scoreByCosine(features: EpisodeFeatures): Float64Array {
  const { ways, shots, dimension, query } = features;
  const support = normalizeRows(features.support, ways * shots, dimension);
  const means = normalizeRows(classMeans({ ...features, support }), ways, dimension);
  const units = normalizeRows(query, query.length / dimension, dimension);
  return productRows(units, means, dimension).map((value) => COSINE_SCALE * value);
}

/** [ways, dimension] */
function classMeans({ ways, shots, dimension, support }: EpisodeFeatures): Float32Array {
  const means = new Float64Array(ways * dimension);
  for (let row = 0; row < ways * shots; row++) {
    const mean = Math.floor(row / shots) * dimension;
    for (let d = 0; d < dimension; d++) means[mean + d] = means[mean + d]! + support[row * dimension + d]! / shots;
  }
  return Float32Array.from(means);
}
