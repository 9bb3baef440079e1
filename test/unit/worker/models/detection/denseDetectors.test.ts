/** One training step and the detections of FCOS and RetinaNet against torchvision (float64), same weights and objects. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { SceneTargets } from '../../../../../src/worker/models/detection/detector';
import { joinTowers } from '../../../../../src/worker/models/detection/evidence';
import type { Fcos } from '../../../../../src/worker/models/detection/fcos';
import type { RetinaNet } from '../../../../../src/worker/models/detection/retinanet';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import {
  expectDetections,
  expectEvidence,
  expectNames,
  expectStep,
  openDetector,
  type GoldenDetector,
  type OpenDetector,
} from './compareDetector';

const golden = JSON.parse(readFileSync('test/golden/data/dense-detectors.json', 'utf8')) as {
  readonly side: number;
  readonly classes: number;
  readonly targets: readonly { readonly boxes: number[][]; readonly labels: number[] }[];
  readonly models: Readonly<Record<string, GoldenDetector>>;
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
  it('in the names of its weights', () => within(name, (open) => expectNames(open, known)));

  it('in what it detects', () =>
    within(name, async (open) => {
      const found = await expectDetections(open, known);
      expect(found).toHaveLength(2);
    }));

  it('and says what its detections were read off: each is a box of its places, as sure as that', () =>
    within(name, async (open) => {
      for (const { boxes, scores, evidence } of await expectEvidence(open)) {
        const { proposals } = evidence!;
        const places = Array.from(proposals.scores, (score, i) =>
          [score, ...proposals.boxes.slice(4 * i, 4 * i + 4)].join(),
        );
        scores.forEach((score, i) => {
          const own = boxes.slice(4 * i, 4 * i + 4);
          // Another class may be surer of the same place.
          expect(places.some((place) => place.endsWith(`,${own.join()}`) && Number(place.split(',')[0]) >= score)).toBe(
            true,
          );
        });
      }
    }));

  it('with the boxes of all places made once', () =>
    within(name, async ({ detector, input }) => {
      const boxesOf = vi.spyOn(detector as unknown as { boxesOf(): Float32Array }, 'boxesOf');
      await detector.detect(
        input,
        targets.map(({ boxes }) => boxes),
      );
      expect(boxesOf).toHaveBeenCalledTimes(targets.length);
    }));

  it('and its vectors are what its classes are read off', () =>
    within(name, async ({ detector, input }) => {
      const found = await expectEvidence({ detector, input, dispose: () => undefined });
      const towers = tf.tidy(() =>
        joinTowers((detector as Fcos | RetinaNet).forward(input.images, { training: false }).towers),
      );
      const [, places, size] = towers.shape;
      const values = (await towers.data()) as Float32Array;
      towers.dispose();
      found.forEach(({ evidence }, image) => {
        const own = values.subarray(image * places * size, (image + 1) * places * size);
        const rows = new Set(
          Array.from({ length: places }, (_, place) => own.slice(place * size, (place + 1) * size).join()),
        );
        for (const vectors of [evidence!.vectors, evidence!.objectVectors])
          for (let i = 0; i < vectors.length; i += size) expect(rows.has(vectors.slice(i, i + size).join())).toBe(true);
      });
    }));

  it('in losses and gradients', () => within(name, (open) => expectStep(open, targets, known)));
});

async function within(name: string, look: (open: OpenDetector) => unknown): Promise<void> {
  const backbone = { name: 'resnet18', width: 16, stem: 'small', dilate: [false, false, false] } as const;
  const open = openDetector(settings[name]!, { backbone, side: golden.side, classes: golden.classes });
  try {
    await look(open);
  } finally {
    open.dispose();
  }
}
