/** Detectors with formula weights and one training step of theirs, beside what torchvision says. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { BackboneConfig } from '../../../../../src/shared/experiment/layers';
import { fillDetection } from '../../../../../src/shared/experiment/resolveFineTuning';
import type { DetectionTransfer } from '../../../../../src/shared/experiment/transferSchema';
import { createDetector } from '../../../../../src/worker/models/detection/createDetector';
import type {
  Detector,
  RawDetections,
  SceneImages,
  SceneTargets,
} from '../../../../../src/worker/models/detection/detector';
import { createBackbone } from '../../../../../src/worker/models/registry';
import { cheapRandom, fillWithFormula, formulaImages } from '../formulaWeights';
import { compareToSummary, type TensorSummary } from '../tensorSummary';

export interface GoldenDetector {
  readonly names: readonly string[];
  readonly losses: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, TensorSummary>>;
  /** How far torch's own float32 gradients are from its float64 ones. */
  readonly float32: number;
  readonly detections: readonly {
    readonly boxes: readonly number[][];
    readonly scores: readonly number[];
    readonly labels: readonly number[];
  }[];
}

export interface OpenDetector {
  readonly detector: Detector;
  readonly input: SceneImages;
  readonly dispose: () => void;
}

export function openDetector(
  settings: Readonly<Record<string, unknown>>,
  { backbone: config, side, classes }: { backbone: BackboneConfig; side: number; classes: number },
): OpenDetector {
  const backbone = createBackbone(config, cheapRandom);
  const filled = fillDetection(settings, side) as DetectionTransfer;
  const detector = createDetector({ settings: filled, backbone, classes, random: cheapRandom });
  fillWithFormula(backbone.weights);
  fillWithFormula(detector.heads);
  const images = formulaImages(2, side, 'detector');
  const size = { height: side, width: side };
  const dispose = (): void => {
    detector.dispose();
    images.dispose();
  };
  return { detector, input: { images, sizes: [size, size] }, dispose };
}

export function takeStep(detector: Detector, input: SceneImages, targets: readonly SceneTargets[]) {
  const parameters = new Map([...detector.backbone.weights.parameters(), ...detector.headParameters]);
  let terms: Readonly<Record<string, tf.Scalar>> = {};
  const { value, grads } = tf.variableGrads(() => {
    terms = detector.losses(input, targets, { random: cheapRandom });
    Object.values(terms).forEach((term) => tf.keep(term));
    return tf.addN(Object.values(terms));
  }, [...parameters.values()]);
  value.dispose();
  return { terms, gradients: new Map([...parameters].map(([name, variable]) => [name, grads[variable.name]!])) };
}

/** Names of all weights, sorted as the golden's. */
export function expectNames({ detector }: OpenDetector, golden: GoldenDetector): void {
  const ours = [...detector.backbone.weights.names(), ...detector.heads.names()];
  expect(ours.sort()).toEqual([...golden.names].sort());
}

export async function expectDetections({ detector, input }: OpenDetector, golden: GoldenDetector) {
  const before = tf.memory().numTensors;
  const found = await detector.detect(input);
  expect(tf.memory().numTensors).toBe(before);
  found.forEach(({ boxes, scores, labels }, image) => {
    const { detections } = golden;
    expect([...labels]).toEqual(detections[image]!.labels);
    detections[image]!.scores.forEach((score, i) => expect(Math.abs(scores[i]! - score)).toBeLessThan(2e-5));
    detections[image]!.boxes.flat().forEach((edge, i) => expect(Math.abs(boxes[i]! - edge)).toBeLessThan(2e-3));
  });
  return found;
}

/** What detections were read off: asking for it changes none of them, and it agrees with them. Objects: the first detection of each image. */
export async function expectEvidence({ detector, input }: OpenDetector): Promise<RawDetections[]> {
  const plain = await detector.detect(input);
  expect(plain.every(({ evidence, scores }) => evidence === undefined && scores.length > 0)).toBe(true);
  const before = tf.memory().numTensors;
  const asked = await detector.detect(
    input,
    plain.map(({ boxes }) => boxes.slice(0, 4)),
  );
  expect(tf.memory().numTensors).toBe(before);
  asked.forEach(({ evidence, ...found }, image) => {
    expect(found).toEqual(plain[image]);
    const { scores, vectors, objectVectors, proposals } = evidence!;
    const count = found.scores.length;
    const classes = scores.length / count;
    found.labels.forEach((label, i) => expect(scores[i * classes + label]).toBe(found.scores[i]));
    expect(objectVectors.length).toBe(vectors.length / count);
    expect(vectors.some((value) => value !== 0)).toBe(true);
    expect(proposals.boxes.length).toBe(4 * proposals.scores.length);
    expect(proposals.scores.every((score) => score >= 0 && score <= 1)).toBe(true);
  });
  return asked;
}

/** Every loss term and gradient; leaves no tensor behind. */
export async function expectStep(
  { detector, input }: OpenDetector,
  targets: readonly SceneTargets[],
  golden: GoldenDetector,
): Promise<void> {
  const before = tf.memory().numTensors;
  const { terms, gradients } = takeStep(detector, input, targets);
  expect(Object.keys(terms).sort()).toEqual(Object.keys(golden.losses).sort());
  for (const [term, loss] of Object.entries(golden.losses))
    expect(Math.abs((await terms[term]!.data())[0]! - loss) / loss, term).toBeLessThan(2e-5);
  const differences: Record<string, number> = {};
  for (const [weight, summary] of Object.entries(golden.gradients)) {
    const filed = inTorchLayout(gradients.get(weight)!, summary.shape);
    const data = (await filed.data()) as Float32Array;
    differences[weight] = compareToSummary({ shape: filed.shape, data }, summary);
    filed.dispose();
  }
  tf.dispose([...Object.values(terms), ...gradients.values()]);
  expect(tf.memory().numTensors).toBe(before);
  expect(Math.max(...Object.values(differences)), JSON.stringify(differences)).toBeLessThan(
    Math.max(1e-4, 4 * golden.float32),
  );
}

/** HWIO → OIHW, [in, out] → [out, in]; what already has the golden's shape stays. */
function inTorchLayout(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (gradient.rank === 2) return tf.transpose(gradient);
  const isFiled = gradient.shape.every((side, axis) => side === shape[axis]);
  return gradient.rank === 4 && !isFiled ? tf.transpose(gradient, [3, 2, 0, 1]) : tf.clone(gradient);
}
