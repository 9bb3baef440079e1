/**
 * A linear layer trained on the supports of an episode, as the "Baseline" of Chen et al. 2019 (arXiv 1904.04232): torch's
 * Linear as it is drawn, cross-entropy, SGD with dampened momentum and weight decay over small batches. The update is
 * PyTorch's: g ← ∇ + weightDecay·w; v ← momentum·v + (1 − dampening)·g (v ← g in the first step); w ← w − lr·v. W stays
 * γ W₀ + Aᵀ X throughout, so that γ, A and the inner products of the supports are all that a step touches: exact, and a
 * hundred times less work than on the features.
 */
import { deriveRandom } from '../../random';
import type { EpisodeFeatures } from './episodeClassifiers';
import { productRows } from './rowProducts';

export interface TunedHeadSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Weights as drawn: uniform in ±1/√dimension. */
export interface DrawnHead {
  /** [ways, dimension] */
  readonly weight: Float32Array;
  /** [ways] */
  readonly bias: Float64Array;
}

export function drawHead(
  ways: number,
  dimension: number,
  { seed, episode }: { seed: number; episode: number },
): DrawnHead {
  const random = deriveRandom(seed, 'episode-head', episode);
  const bound = 1 / Math.sqrt(dimension);
  const weight = Float32Array.from({ length: ways * dimension }, () => random.uniformIn(-bound, bound));
  return { weight, bias: Float64Array.from({ length: ways }, () => random.uniformIn(-bound, bound)) };
}

/** The order in which an epoch takes the supports. */
export function headOrder(
  seed: number,
  place: { readonly episode: number; readonly epoch: number; readonly count: number },
): Uint32Array {
  return deriveRandom(seed, 'episode-order', place.episode, place.epoch).permutation(place.count);
}

/** Logits [queries, ways]. */
export function scoreByTunedHead(
  features: EpisodeFeatures,
  settings: TunedHeadSettings,
  episode: number,
): Float64Array {
  const { ways, shots, dimension } = features;
  const head = drawHead(ways, dimension, { seed: settings.seed, episode });
  const orderOf = (epoch: number) => headOrder(settings.seed, { episode, epoch, count: ways * shots });
  return tuneHead(features, { head, orderOf }, settings);
}

/** Trains `head` on the supports in the orders given, and returns logits of the queries, [queries, ways]. */
export function tuneHead(
  features: EpisodeFeatures,
  { head, orderOf }: { readonly head: DrawnHead; orderOf(epoch: number): Uint32Array },
  settings: Omit<TunedHeadSettings, 'seed'>,
): Float64Array {
  const { dimension, support, query } = features;
  const training = new HeadTraining(features, head, settings);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = orderOf(epoch);
    for (let from = 0; from < order.length; from += settings.batch)
      training.step(order.subarray(from, from + settings.batch));
  }
  return training.logits(productRows(query, support, dimension), productRows(query, head.weight, dimension));
}

class HeadTraining {
  private readonly count: number;
  private readonly ways: number;
  private readonly shots: number;
  /** [N, N] */
  private readonly kernel: Float64Array;
  /** Logits of the supports by the weights as drawn, [N, C]. */
  private readonly drawn: Float64Array;
  private scale = 1;
  private scaleVelocity = 0;
  private readonly a: Float64Array; // [N, C]
  private readonly aVelocity: Float64Array;
  private readonly bias: Float64Array; // [C]
  private readonly biasVelocity: Float64Array;
  private isFirst = true;

  constructor(
    { ways, shots, dimension, support }: EpisodeFeatures,
    head: DrawnHead,
    private readonly settings: Omit<TunedHeadSettings, 'seed'>,
  ) {
    this.ways = ways;
    this.shots = shots;
    this.count = ways * shots;
    this.kernel = productRows(support, support, dimension);
    this.drawn = productRows(support, head.weight, dimension);
    this.a = new Float64Array(this.count * ways);
    this.aVelocity = new Float64Array(this.a.length);
    this.bias = head.bias.slice();
    this.biasVelocity = new Float64Array(ways);
  }

  step(rows: Uint32Array): void {
    const { ways, settings } = this;
    const gradient = this.gradient(rows); // [N, C], zero outside the batch
    const biasGradient = new Float64Array(ways);
    for (const row of rows)
      for (let c = 0; c < ways; c++) biasGradient[c] = biasGradient[c]! + gradient[row * ways + c]!;
    const keep = this.isFirst ? 0 : settings.momentum;
    const take = this.isFirst ? 1 : 1 - settings.dampening;
    this.isFirst = false;
    const move = { keep, take, ...settings };
    update(this.a, this.aVelocity, gradient, move);
    update(this.bias, this.biasVelocity, biasGradient, move);
    this.scaleVelocity = keep * this.scaleVelocity + take * settings.weightDecay * this.scale;
    this.scale -= settings.learningRate * this.scaleVelocity;
  }

  /** similarity: [Q, N] of queries with supports; drawn: [Q, C] by the weights as drawn. */
  logits(similarity: Float64Array, drawn: Float64Array): Float64Array {
    const { count, ways } = this;
    return drawn.map((value, i) => {
      const [row, c] = [Math.floor(i / ways), i % ways];
      let sum = this.scale * value + this.bias[c]!;
      for (let n = 0; n < count; n++) sum += similarity[row * count + n]! * this.a[n * ways + c]!;
      return sum;
    });
  }

  /** Of the mean cross-entropy of the batch by the logits. */
  private gradient(rows: Uint32Array): Float64Array {
    const { count, ways, shots } = this;
    const gradient = new Float64Array(count * ways);
    const values = new Float64Array(ways);
    for (const row of rows) {
      let top = -Infinity;
      for (let c = 0; c < ways; c++) {
        let sum = this.scale * this.drawn[row * ways + c]! + this.bias[c]!;
        for (let n = 0; n < count; n++) sum += this.kernel[row * count + n]! * this.a[n * ways + c]!;
        values[c] = sum;
        top = Math.max(top, sum);
      }
      let total = 0;
      for (let c = 0; c < ways; c++) total += values[c] = Math.exp(values[c]! - top);
      const label = Math.floor(row / shots);
      for (let c = 0; c < ways; c++)
        gradient[row * ways + c] = (values[c]! / total - (c === label ? 1 : 0)) / rows.length;
    }
    return gradient;
  }
}

function update(
  weights: Float64Array,
  velocity: Float64Array,
  gradient: Float64Array,
  move: { readonly keep: number; readonly take: number; readonly weightDecay: number; readonly learningRate: number },
): void {
  for (let i = 0; i < weights.length; i++) {
    velocity[i] = move.keep * velocity[i]! + move.take * (gradient[i]! + move.weightDecay * weights[i]!);
    weights[i] = weights[i]! - move.learningRate * velocity[i]!;
  }
}
