/**
 * t-SNE by the Barnes–Hut approximation: van der Maaten 2014, JMLR 15 (3221–3245), with the exaggeration and the learning rate of
 * Belkina 2019 (Nature Communications 10:5415) and gains as in van der Maaten and Hinton 2008, section 3.4. Defaults and the
 * meaning of the learning rate are scikit-learn's.
 */
import type { SparseRows } from './neighbourGraph';
import { QuadTree } from './quadTree';

/** Cells of a side below this share of their distance count as one point. */
const ANGLE = 0.5;
/** Iterations with exaggerated attraction, of a thousand. */
const EARLY_SHARE = 0.25;
const EARLY_MOMENTUM = 0.5;
const LATE_MOMENTUM = 0.8;
const LEAST_GAIN = 0.01;

export interface TsneSettings {
  readonly iterations: number;
  /** Factor of the attraction in the first quarter of the iterations. */
  readonly exaggeration: number;
  readonly learningRate: number;
}

/** A quarter of the images by exaggeration, at least 50: Belkina 2019, for a gradient with its factor 4. */
export function usualLearningRate(images: number, exaggeration: number): number {
  return Math.max(50, images / exaggeration / 4);
}

/**
 * Gradient of KL(P ‖ Q) by the points [rows, 2], with P times `exaggeration`:
 * 4 Σⱼ (p qᵤ - qᵤ² / Z)(yᵢ - yⱼ), qᵤ = 1 / (1 + d²), Z = Σ qᵤ. Written into `gradient`; returns KL(P ‖ Q) of P as it is.
 */
export class TsneGradient {
  private readonly tree: QuadTree;
  private readonly forces: Float64Array;

  constructor(
    private readonly probabilities: SparseRows,
    private readonly angle = ANGLE,
  ) {
    const rows = probabilities.offsets.length - 1;
    this.tree = new QuadTree(rows);
    this.forces = new Float64Array(2 * rows);
  }

  compute(points: Float64Array, gradient: Float64Array, exaggeration = 1): void {
    const { offsets, columns, values } = this.probabilities;
    this.tree.build(points);
    const total = this.tree.repel(this.forces, this.angle);
    for (let i = 0; i + 1 < offsets.length; i++) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      let [pullX, pullY] = [0, 0];
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        const j = 2 * columns[at]!;
        const [dx, dy] = [x - points[j]!, y - points[j + 1]!];
        const pull = values[at]! / (1 + dx * dx + dy * dy);
        pullX += pull * dx;
        pullY += pull * dy;
      }
      gradient[2 * i] = 4 * (exaggeration * pullX - this.forces[2 * i]! / total);
      gradient[2 * i + 1] = 4 * (exaggeration * pullY - this.forces[2 * i + 1]! / total);
    }
  }

  /** KL(P ‖ Q) in nats. */
  divergence(points: Float64Array): number {
    const { offsets, columns, values } = this.probabilities;
    this.tree.build(points);
    const total = this.tree.repel(this.forces, this.angle);
    let sum = 0;
    for (let i = 0; i + 1 < offsets.length; i++) {
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        const [j, p] = [2 * columns[at]!, values[at]!];
        const [dx, dy] = [points[2 * i]! - points[j]!, points[2 * i + 1]! - points[j + 1]!];
        if (p > 0) sum += p * Math.log(p * total * (1 + dx * dx + dy * dy));
      }
    }
    return sum;
  }
}

/** Moves the points [rows, 2] in place by gradient descent with momentum; yields how many iterations are done. */
export function* layOutTsne(
  probabilities: SparseRows,
  points: Float64Array,
  { iterations, exaggeration, learningRate }: TsneSettings,
): Generator<number, void> {
  const gradient = new Float64Array(points.length);
  const step = new Float64Array(points.length);
  const gains = new Float64Array(points.length).fill(1);
  const slope = new TsneGradient(probabilities);
  const early = Math.round(iterations * EARLY_SHARE);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const isEarly = iteration < early;
    // A new start: momentum and gains were of another objective.
    if (iteration === early) {
      step.fill(0);
      gains.fill(1);
    }
    slope.compute(points, gradient, isEarly ? exaggeration : 1);
    const momentum = isEarly ? EARLY_MOMENTUM : LATE_MOMENTUM;
    for (let k = 0; k < points.length; k++) {
      const isSteady = step[k]! * gradient[k]! < 0;
      const gain = Math.max(LEAST_GAIN, isSteady ? gains[k]! + 0.2 : gains[k]! * 0.8);
      gains[k] = gain;
      step[k] = momentum * step[k]! - learningRate * gain * gradient[k]!;
      points[k] = points[k]! + step[k]!;
    }
    yield iteration + 1;
  }
}
