/** One training step and the detections of Faster and Mask R-CNN against torchvision (float64); C4 against itself. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../../../src/shared/experiment/layers';
import type { BitMask, RawDetections, SceneTargets } from '../../../../../src/worker/models/detection/detector';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { compareToSummary, type TensorSummary } from '../tensorSummary';
import {
  expectDetections,
  expectEvidence,
  expectNames,
  expectStep,
  openDetector,
  type GoldenDetector,
  type OpenDetector,
} from './compareDetector';

interface Model extends GoldenDetector {
  readonly base: BackboneConfig['name'];
  readonly width: number;
  readonly stem: BackboneConfig['stem'];
  readonly batchNorm: 'trained' | 'frozen';
  readonly model: string;
  /** [detections, 28, 28] of both images. */
  readonly masks?: TensorSummary;
}

const golden = JSON.parse(readFileSync('test/golden/data/two-stage-detectors.json', 'utf8')) as {
  readonly side: number;
  readonly classes: number;
  readonly targets: readonly { readonly boxes: number[][]; readonly labels: number[] }[];
  readonly models: Readonly<Record<string, Model>>;
};

const settings = {
  anchorSizes: [8, 16, 32, 64, 128],
  rpnProposalsTrain: [60, 40],
  rpnProposalsTest: [60, 40],
  rpnBatch: 32,
  roiBatch: 24,
  scoreThreshold: 0.2,
  nmsThreshold: 0.5,
  detections: 20,
};

const targets: SceneTargets[] = golden.targets.map(({ boxes, labels }) => ({
  boxes: Float32Array.from(boxes.flat()),
  labels: Int32Array.from(labels),
  masks: boxes.map((box) => ellipse(box as [number, number, number, number], golden.side)),
}));

beforeAll(async () => {
  await startRuntime('wasm');
});

describe.each(Object.entries(golden.models))(
  '%s equals torchvision',
  (_name, known) => {
    it('in the names of its weights', () => within(known, (open) => expectNames(open, known)));

    it('in what it detects', () =>
      within(known, async (open) => {
        const found = await expectDetections(open, known);
        expect(found.every(({ masks }) => (masks === undefined) === (known.masks === undefined))).toBe(true);
        if (known.masks) expect(compareToSummary(joinMasks(found), known.masks)).toBeLessThan(1e-4);
      }));

    it('and says what its detections were read off', () =>
      within(known, async (open) => {
        const weights = await open.detector.heads.exportTensors();
        const matrix = weights.get('roi_heads.box_predictor.cls_score.weight')!;
        const bias = weights.get('roi_heads.box_predictor.cls_score.bias')!.data;
        for (const { evidence, scores: found } of await expectEvidence(open)) {
          const { vectors, scores } = evidence!;
          const size = vectors.length / found.length;
          found.forEach((_, i) => {
            const logits = Array.from(bias, (value, k) => {
              const row = matrix.data.subarray(k * size, (k + 1) * size);
              return row.reduce((sum, weight, d) => sum + weight * vectors[i * size + d]!, value);
            });
            const shares = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
            const sum = shares.reduce((a, b) => a + b);
            shares.slice(1).forEach((share, k) => {
              expect(scores[i * (shares.length - 1) + k]).toBeCloseTo(share / sum, 4);
            });
          });
        }
      }));

    it('in losses and gradients', () => within(known, (open) => expectStep(open, targets, known)));
  },
  120_000,
);

async function within(known: Model, look: (open: OpenDetector) => unknown): Promise<void> {
  const { base: name, width, stem, model, batchNorm } = known;
  const backbone = { name, width, stem, dilate: [false, false, false] } as const;
  const open = openDetector(
    { ...settings, model, batchNorm },
    { backbone, side: golden.side, classes: golden.classes },
  );
  try {
    await look(open);
  } finally {
    open.dispose();
  }
}

/** The ellipse inscribed in a box, at pixel centres. */
function ellipse([x1, y1, x2, y2]: readonly [number, number, number, number], side: number): BitMask {
  const bits = Uint8Array.from({ length: side * side }, (_, place) => {
    const u = ((place % side) + 0.5 - (x1 + x2) / 2) / ((x2 - x1) / 2);
    const v = (Math.floor(place / side) + 0.5 - (y1 + y2) / 2) / ((y2 - y1) / 2);
    return u * u + v * v <= 1 ? 1 : 0;
  });
  return { height: side, width: side, bits };
}

function joinMasks(found: readonly RawDetections[]): { shape: number[]; data: Float32Array } {
  const data = Float32Array.from(found.flatMap(({ masks }) => [...masks!.values]));
  const size = found[0]!.masks!.size;
  return { shape: [data.length / (size * size), size, size], data };
}
