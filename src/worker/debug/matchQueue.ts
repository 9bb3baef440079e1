/**
 * How each image of a contrastive batch compares with its key and with a memory, from the very vectors and masks that the loss
 * used. Sums are in double precision; the losses of single images have the batch's loss as their mean.
 */
import type { QueueEntry, QueueMatch } from '../../shared/results/batchInspection';
import type { Dataset } from '../data/dataset';
import type { MatchedBatch, SteppedPart } from './lookedAt';
import type { EntryLog } from './memory';
import type { ReadReport } from './recorder';

const MOST_NAMED = 10;

type Contrast = Extract<ReadReport, { kind: 'contrast' }>;
type Memory = Extract<ReadReport, { kind: 'memory' }>;

export interface QueueContext {
  readonly log: EntryLog;
  readonly dataset: Pick<Dataset, 'names' | 'classes' | 'labels'>;
  /** Updates made before this one. */
  readonly step: number;
}

export function matchQueue(parts: readonly SteppedPart[], context: QueueContext): MatchedBatch {
  const images: QueueMatch[] = [];
  const losses = new Map<number, number>();
  let memory: Memory | undefined;
  let temperature = 0;
  for (const { reports, first } of parts) {
    const contrast = reports.find((one) => one.kind === 'contrast');
    memory ??= reports.find((one) => one.kind === 'memory');
    if (!contrast || !memory) continue;
    temperature = contrast.temperature;
    for (let row = 0; row < contrast.queries.shape[0]!; row++) {
      const { match, loss } = matchRow(contrast, row);
      const hardest = match.hardest.map((entry) => describeEntry(entry, memory!, context));
      images.push({ ...match, place: first + row, hardest });
      losses.set(first + row, loss);
    }
  }
  if (!memory) return {};
  const filled = memory.queue?.filled ?? context.log.filled;
  return { matching: { kind: 'queue', of: memory.of, size: memory.size, filled, temperature, images }, losses };
}

/** similarity s = q·v; logits s / τ. */
function matchRow(contrast: Contrast, row: number): { match: Omit<QueueMatch, 'place'>; loss: number } {
  const { queries, keys, entries, temperature: tau, removed, positives, offset, places } = contrast;
  const [count, dimension] = entries.shape as [number, number];
  const query = queries.data.subarray(row * dimension, (row + 1) * dimension);
  const own = dot(query, keys.data, row * dimension);
  const logits = new Float64Array(count);
  for (let j = 0; j < count; j++) logits[j] = dot(query, entries.data, j * dimension) / tau;
  const isSet = (mask: Contrast['removed'], j: number) => mask !== undefined && mask.data[row * count + j] === 1;
  const all = Array.from({ length: count }, (_, j) => j);
  const attracted = all.filter((j) => isSet(positives, j));
  const negatives = all.filter((j) => !isSet(positives, j) && !isSet(removed, j));
  const rest = {
    own: own / tau,
    attracted: attracted.map((j) => logits[j]!),
    repelled: negatives.map((j) => logits[j]!),
  };
  const { loss, probability } = offset === undefined ? softmaxLoss(rest) : noiseLoss(rest, offset);
  const sum = attracted.reduce((total, j) => total + logits[j]! * tau, own);
  return {
    loss,
    match: {
      positive: sum / (1 + attracted.length),
      negatives: negatives.length,
      excluded: count - negatives.length,
      probability,
      hardest: mostSimilar(negatives, logits).map((j) => ({
        entry: places ? places[j]! : j,
        similarity: logits[j]! * tau,
      })),
    },
  };
}

interface Logits {
  readonly own: number;
  readonly attracted: readonly number[];
  readonly repelled: readonly number[];
}

/** log Z − mean of the positives' logits; the share of all positives in Z. */
function softmaxLoss({ own, attracted, repelled }: Logits): { loss: number; probability: number } {
  const positives = [own, ...attracted];
  const top = Math.max(own, maximum(attracted), maximum(repelled));
  const total = (logits: readonly number[]) => logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  const pulled = total(positives);
  const whole = pulled + total(repelled);
  const mean = positives.reduce((sum, logit) => sum + logit, 0) / positives.length;
  return { loss: Math.log(whole) + top - mean, probability: pulled / whole };
}

/** softplus(c − s) + Σ softplus(s_j − c); h = sigmoid(s − c). */
function noiseLoss({ own, repelled }: Logits, offset: number): { loss: number; probability: number } {
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const noise = repelled.reduce((sum, logit) => sum + softplus(logit - offset), 0);
  return { loss: softplus(offset - own) + noise, probability: 1 / (1 + Math.exp(offset - own)) };
}

function maximum(values: readonly number[]): number {
  return values.reduce((top, value) => Math.max(top, value), -Infinity);
}

function dot(query: Float32Array | Int32Array, rows: Float32Array | Int32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i]! * rows[from + i]!;
  return sum;
}

/** The first of each vector that was drawn several times. */
function mostSimilar(negatives: readonly number[], logits: Float64Array): number[] {
  const order = [...negatives].sort((a, b) => logits[b]! - logits[a]! || a - b);
  const chosen: number[] = [];
  for (const j of order) {
    if (chosen.length === MOST_NAMED) break;
    if (chosen.every((other) => logits[other] !== logits[j])) chosen.push(j);
  }
  return chosen;
}

function describeEntry(entry: QueueEntry, { queue }: Memory, { log, dataset, step }: QueueContext): QueueEntry {
  const known = log.at(entry.entry);
  const classOf = queue ? queue.labels[entry.entry]! : (dataset.labels[entry.entry] ?? -1);
  const isNoise = queue ? classOf < 0 : known === undefined;
  const label = isNoise ? undefined : dataset.classes[classOf];
  return {
    ...entry,
    ...(label !== undefined && { label }),
    ...(known && { image: dataset.names[known.index]!, age: step - known.step }),
  };
}
