/** Mask R-CNN on layer3 with layer4 as its head ("C4"): weights, statistics, gradients by finite differences, outputs. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SceneTargets } from '../../../../../src/worker/models/detection/detector';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { cheapRandom } from '../formulaWeights';
import { openDetector, takeStep, type OpenDetector } from './compareDetector';

const SIDE = 64;
const settings = {
  model: 'mask-rcnn-c4',
  anchorSizes: [12, 24, 48],
  rpnProposalsTrain: [60, 30],
  rpnProposalsTest: [60, 20],
  rpnBatch: 32,
  roiBatch: 12,
  scoreThreshold: 0.05,
  detections: 10,
};
const whole = { height: SIDE, width: SIDE, bits: new Uint8Array(SIDE * SIDE).fill(1) };
const targets: SceneTargets[] = [
  { boxes: Float32Array.of(6, 4, 40, 45), labels: Int32Array.of(1), masks: [whole] },
  { boxes: Float32Array.of(10, 20, 60, 62, 0, 0, 24, 24), labels: Int32Array.of(0, 2), masks: [whole, whole] },
];

beforeAll(async () => {
  await startRuntime('wasm');
});

async function within(
  changes: Readonly<Record<string, unknown>>,
  look: (open: OpenDetector) => unknown,
): Promise<void> {
  const backbone = { name: 'resnet18', width: 8, stem: 'small', dilate: [false, false, false] } as const;
  const open = openDetector({ ...settings, ...changes }, { backbone, side: SIDE, classes: 3 });
  try {
    await look(open);
  } finally {
    open.dispose();
  }
}

describe('mask-rcnn-c4', () => {
  it('has an extra norm unless told otherwise, and no layers before the mask', async () => {
    await within({}, ({ detector }) => {
      const names = [...detector.heads.names()];
      expect(names.filter((name) => name.startsWith('roi_heads.extra_norm.'))).toHaveLength(5);
      expect(names.some((name) => name.includes('mask_head') || name.includes('box_head'))).toBe(false);
      expect(detector.heads.get('roi_heads.box_predictor.cls_score.weight').shape).toEqual([64, 4]);
      expect(detector.heads.get('rpn.head.bbox_pred.weight').shape).toEqual([1, 1, 32, 36]);
    });
    await within({ extraNorm: false }, ({ detector }) => {
      expect([...detector.heads.names()].some((name) => name.includes('extra_norm'))).toBe(false);
    });
  });

  it('finds masks of 14 × 14 inside the image, without leaking', () =>
    within({}, async ({ detector, input }) => {
      const before = tf.memory().numTensors;
      const found = await detector.detect(input);
      expect(tf.memory().numTensors).toBe(before);
      expect(found.map(({ scores }) => scores.length)).toEqual([10, 10]);
      for (const { boxes, masks, labels, scores } of found) {
        expect(masks!.size).toBe(14);
        expect(masks!.values).toHaveLength(10 * 14 * 14);
        expect(masks!.values.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(boxes.every((edge) => edge >= 0 && edge <= SIDE)).toBe(true);
        expect(labels.every((label) => label >= 0 && label < 3)).toBe(true);
        expect([...scores]).toEqual([...scores].sort((a, b) => b - a));
      }
    }));

  it('moves the statistics of layer4 and of the extra norm in training, not those of frozen stages', () =>
    within({ freeze: 'layer2' }, async ({ detector, input }) => {
      const before = await statistics(detector);
      const { terms, gradients } = takeStep(detector, input, targets);
      expect(Object.keys(terms).sort()).toEqual(
        ['loss_box_reg', 'loss_classifier', 'loss_mask', 'loss_objectness', 'loss_rpn_box_reg'].sort(),
      );
      tf.dispose([...Object.values(terms), ...[...gradients.values()].filter((gradient) => gradient !== undefined)]);
      const after = await statistics(detector);
      const hasMoved = (name: string) => before.get(name)!.some((value, i) => value !== after.get(name)![i]);
      for (const name of ['layer4.1.bn2.running_mean', 'layer3.0.bn1.running_var', 'roi_heads.extra_norm.running_mean'])
        expect(hasMoved(name), name).toBe(true);
      for (const name of ['bn1.running_mean', 'layer1.0.bn1.running_var', 'layer2.1.bn2.running_mean'])
        expect(hasMoved(name), name).toBe(false);
    }));

  it('runs layer4 once for boxes and masks: statistics move as they do without masks', async () => {
    const moved = await Promise.all(
      ['mask-rcnn-c4', 'faster-rcnn-c4'].map(async (model) => {
        let after = new Map<string, Float32Array>();
        await within({ model }, async ({ detector, input }) => {
          const { terms, gradients } = takeStep(detector, input, targets);
          tf.dispose([
            ...Object.values(terms),
            ...[...gradients.values()].filter((gradient) => gradient !== undefined),
          ]);
          after = await statistics(detector);
        });
        return after;
      }),
    );
    expect(moved[0]!.size).toBeGreaterThan(20);
    expect(moved[0]).toEqual(moved[1]);
  });

  // What follows the proposals, which a small step there does not change.
  it.each([
    'layer4.1.bn2.bias',
    'roi_heads.extra_norm.weight',
    'roi_heads.box_predictor.cls_score.bias',
    'roi_heads.box_predictor.bbox_pred.bias',
    'roi_heads.mask_predictor.conv5_mask.bias',
    'roi_heads.mask_predictor.mask_fcn_logits.bias',
  ])('has the gradient of %s that differences show', (name) =>
    within({ batchNorm: 'frozen' }, async ({ detector, input }) => {
      const parameters = new Map([...detector.backbone.weights.parameters(), ...detector.headParameters]);
      const variable = parameters.get(name)!;
      const { terms, gradients } = takeStep(detector, input, targets);
      const analytic = ((await gradients.get(name)!.data()) as Float32Array).slice();
      tf.dispose([...Object.values(terms), ...[...gradients.values()].filter((gradient) => gradient !== undefined)]);
      // Along the gradient itself the slope is its length.
      const length = Math.sqrt(analytic.reduce((sum, value) => sum + value * value, 0));
      const step = 0.02;
      const direction = tf.tensor(
        analytic.map((value) => (step * value) / length),
        variable.shape,
      );
      const start = variable.clone();
      const lossAt = (sign: 1 | -1): number =>
        tf.tidy(() => {
          variable.assign(tf.add(start, tf.mul(direction, sign)));
          return tf.addN(Object.values(detector.losses(input, targets, { random: cheapRandom }))).dataSync()[0]!;
        });
      const slope = (lossAt(1) - lossAt(-1)) / (2 * step);
      tf.dispose([direction, start]);
      expect(length).toBeGreaterThan(1e-3);
      expect(Math.abs(slope - length) / length).toBeLessThan(0.03);
    }),
  );
});

async function statistics({ backbone, heads }: OpenDetector['detector']): Promise<Map<string, Float32Array>> {
  const all = [...(await backbone.weights.exportTensors()), ...(await heads.exportTensors())];
  return new Map(all.filter(([name]) => name.includes('running')).map(([name, { data }]) => [name, data.slice()]));
}
