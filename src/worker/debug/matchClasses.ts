/** What a classifier says of each image of a batch, and its loss of each, from the logits that its loss was made of. */
import type { ClassMatch } from '../../shared/results/batchInspection';
import type { MatchedBatch, SteppedPart } from './lookedAt';

const MOST_NAMED = 5;

/** Losses are −log softmax(logits)[label], in nats; their mean is the batch's. */
export function matchClasses(parts: readonly SteppedPart[], classes: readonly string[]): MatchedBatch {
  const images: ClassMatch[] = [];
  const losses = new Map<number, number>();
  for (const { reports, first } of parts) {
    const report = reports.find((one) => one.kind === 'classes');
    if (!report) continue;
    const [rows, columns] = report.logits.shape as [number, number];
    for (let row = 0; row < rows; row++) {
      const logits = report.logits.data.subarray(row * columns, (row + 1) * columns);
      const probabilities = softmax(logits);
      const label = report.labels.data[row]!;
      const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
      const predicted = order.slice(0, MOST_NAMED).map((c) => ({ name: classes[c]!, probability: probabilities[c]! }));
      images.push({ place: first + row, expected: classes[label]!, predicted });
      losses.set(first + row, crossEntropy(logits, label));
    }
  }
  return { matching: { kind: 'classes', classes, images }, losses };
}

/** exp(x) / Σ exp(x), the largest subtracted first. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const top = highest(logits);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const top = highest(logits);
  let total = 0;
  for (let c = 0; c < logits.length; c++) total += Math.exp(logits[c]! - top);
  return Math.log(total) + top - logits[label]!;
}

function highest(values: ArrayLike<number>): number {
  let top = -Infinity;
  for (let i = 0; i < values.length; i++) top = Math.max(top, values[i]!);
  return top;
}
