/** One training step and the detections of FCOS and RetinaNet against torchvision (float64), same weights and objects. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SceneTargets } from '../../../../../src/worker/models/detection/detector';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import {
  expectDetections,
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
