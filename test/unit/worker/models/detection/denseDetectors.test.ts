/** One training step and the detections of FCOS and RetinaNet against torchvision (float64), same weights and objects. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fillDetection } from '../../../../../src/shared/experiment/resolveFineTuning';
import type { DetectionTransfer } from '../../../../../src/shared/experiment/schema';
import { createDetector } from '../../../../../src/worker/models/detection/createDetector';
import type { Detector, SceneImages, SceneTargets } from '../../../../../src/worker/models/detection/detector';
import { createBackbone } from '../../../../../src/worker/models/registry';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, fillWithFormula, formulaImages } from '../formulaWeights';
import { compareToSummary, type TensorSummary } from '../tensorSummary';

interface Model {
  readonly names: readonly string[];
  readonly losses: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, TensorSummary>>;
  /** How far torch's own float32 gradients are from its float64 ones. */
  readonly float32: number;
  readonly detections: readonly { readonly boxes: number[][]; readonly scores: number[]; readonly labels: number[] }[];
}

const golden = JSON.parse(readFileSync('test/golden/data/dense-detectors.json', 'utf8')) as {
  readonly side: number;
  readonly classes: number;
  readonly targets: readonly { readonly boxes: number[][]; readonly labels: number[] }[];
  readonly models: Readonly<Record<string, Model>>;
};

const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  fcos: { model: 'fcos', scoreThreshold: 0.2, nmsThreshold: 0.6, detections: 20 },
  retinanet: {
    model: 'retinanet',
    anchorSizes: [8, 16, 32, 64, 128],
    scoreThreshold: 0.5,
    nmsThreshold: 0.5,
    detections: 20,
  },
};

const targets: SceneTargets[] = golden.targets.map(({ boxes, labels }) => ({
  boxes: Float32Array.from(boxes.flat()),
  labels: Int32Array.from(labels),
}));

beforeAll(async () => {
  await startRuntime('wasm');
});

describe.each(Object.entries(golden.models))('%s equals torchvision', (name, known) => {
  it('in the names of its weights', () => {
    const { detector, dispose } = open(name);
    const ours = [...detector.backbone.weights.names(), ...detector.heads.names()];
    dispose();
    expect(ours.sort()).toEqual([...known.names].sort());
  });

  it('in what it detects', async () => {
    const { detector, input, dispose } = open(name);
    const before = tf.memory().numTensors;
    const found = await detector.detect(input);
    expect(tf.memory().numTensors).toBe(before);
    dispose();
    found.forEach(({ boxes, scores, labels }, image) => {
      const { detections } = known;
      expect([...labels]).toEqual(detections[image]!.labels);
      detections[image]!.scores.forEach((score, i) => expect(Math.abs(scores[i]! - score)).toBeLessThan(2e-5));
      detections[image]!.boxes.flat().forEach((edge, i) => expect(Math.abs(boxes[i]! - edge)).toBeLessThan(2e-3));
    });
  });

  it('in losses and gradients', async () => {
    const { detector, input, dispose } = open(name);
    const before = tf.memory().numTensors;
    const { terms, gradients } = takeStep(detector, input);
    for (const [term, loss] of Object.entries(known.losses))
      expect(Math.abs((await terms[term]!.data())[0]! - loss) / loss, term).toBeLessThan(2e-5);
    const differences: Record<string, number> = {};
    for (const [weight, summary] of Object.entries(known.gradients)) {
      const isConv = summary.shape.length === 4;
      const filed = isConv ? tf.transpose(gradients.get(weight)!, [3, 2, 0, 1]) : tf.clone(gradients.get(weight)!); // HWIO → OIHW
      const data = (await filed.data()) as Float32Array;
      differences[weight] = compareToSummary({ shape: filed.shape, data }, summary);
      filed.dispose();
    }
    tf.dispose([...Object.values(terms), ...gradients.values()]);
    expect(tf.memory().numTensors).toBe(before);
    dispose();
    expect(Math.max(...Object.values(differences)), JSON.stringify(differences)).toBeLessThan(
      Math.max(1e-4, 4 * known.float32),
    );
  });
});

function open(name: string): { detector: Detector; input: SceneImages; dispose: () => void } {
  const config = { name: 'resnet18', width: 16, stem: 'small', dilate: [false, false, false] } as const;
  const backbone = createBackbone(config, cheapRandom);
  const filled = fillDetection(settings[name]!, golden.side) as DetectionTransfer;
  const detector = createDetector({ settings: filled, backbone, classes: golden.classes, random: cheapRandom });
  fillWithFormula(backbone.weights);
  fillWithFormula(detector.heads);
  const images = formulaImages(2, golden.side, 'detector');
  const size = { height: golden.side, width: golden.side };
  const dispose = (): void => {
    detector.dispose();
    images.dispose();
  };
  return { detector, input: { images, sizes: [size, size] }, dispose };
}

function takeStep(detector: Detector, input: SceneImages) {
  const parameters = new Map([...detector.backbone.weights.parameters(), ...detector.headParameters]);
  let terms: Readonly<Record<string, tf.Scalar>> = {};
  const { value, grads } = tf.variableGrads(() => {
    terms = detector.losses(input, targets, cheapRandom);
    Object.values(terms).forEach((term) => tf.keep(term));
    return tf.addN(Object.values(terms));
  }, [...parameters.values()]);
  value.dispose();
  return { terms, gradients: new Map([...parameters].map(([name, variable]) => [name, grads[variable.name]!])) };
}
