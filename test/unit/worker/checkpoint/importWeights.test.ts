/** One small network, saved by Python as four projects would (test/golden/make/weightsFormats.py), imported bit for bit. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { openWeights } from '../../../../src/shared/weights/openWeights';
import { memorySource } from '../../../../src/shared/weights/byteSource';
import { encodeSafetensors } from '../../../../src/shared/weights/safetensors';
import type { WeightsMapping } from '../../../../src/shared/weights/recognise';
import { useWeights } from '../../../../src/shared/weights/useWeights';
import { importWeights } from '../../../../src/worker/checkpoint/importWeights';
import { weightPlatform } from '../../../../src/worker/checkpoint/weightPlatform';
import type { BackboneConfig } from '../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { goldenFolder } from '../../shared/weights/openGolden';
import { cheapRandom, formulaTensor } from '../models/formulaWeights';

const tiny: BackboneConfig = { name: 'resnet18', width: 2, stem: 'imagenet', dilate: [false, false, false] };

beforeAll(async () => {
  await startRuntime('wasm');
});

function importTiny(name: string, mapping?: WeightsMapping) {
  const backbone = createBackbone(tiny, cheapRandom);
  const place = { path: path.join(goldenFolder, name), name };
  return useWeights(place, weightPlatform, async (weights) => {
    const report = await importWeights(backbone, weights, mapping);
    const tensors = await backbone.weights.exportTensors();
    backbone.dispose();
    return { report, tensors };
  });
}

describe('a network saved by', () => {
  it.each([
    [
      'tiny-moco.pth.tar',
      'moco',
      'tiny-moco.pth.tar: MoCo, PyTorch (zip); resnet18, width 2; arch resnet18; epoch 200; 100 weights behind "state_dict.module.encoder_q." (query encoder)',
    ],
    [
      'tiny-moco-legacy.pth.tar',
      'moco',
      'tiny-moco-legacy.pth.tar: MoCo, PyTorch before 1.6; resnet18, width 2; arch resnet18; epoch 200; 100 weights behind "state_dict.module.encoder_q." (query encoder)',
    ],
    [
      'tiny-lightly.ckpt',
      'lightly',
      'tiny-lightly.ckpt: Lightly or another Lightning module, PyTorch (zip); resnet18, width 2; 100 weights behind "state_dict.backbone." (query encoder)',
    ],
    [
      'tiny-detectron2.pkl',
      'detectron2',
      'tiny-detectron2.pkl: detectron2, pickle with NumPy arrays; resnet18, width 2; 100 weights behind "model."',
    ],
  ])('%s is set bit for bit, and says where it is from', async (name, family, origin) => {
    const { report, tensors } = await importTiny(name);
    expect([report.recognition.family.id, report.origin]).toEqual([family, origin]);
    for (const [weight, { shape, data }] of tensors) {
      if (weight.endsWith('num_batches_tracked')) continue;
      expect([weight, data]).toEqual([weight, formulaTensor(weight, shape).data]);
    }
  });

  it('says what was left out, and refuses an encoder that is there in part only', async () => {
    const { report } = await importTiny('tiny-moco.pth.tar');
    expect(report.notes).toEqual(['2 tensors of tiny-moco.pth.tar are not part of the backbone and were left out']);
    await expect(importTiny('tiny-moco.pth.tar', { encoder: 'key' })).rejects.toThrow(
      /no backbone behind the key encoder/,
    );
  });

  it('another width is refused with names and shapes', async () => {
    const backbone = createBackbone({ ...tiny, width: 3 }, cheapRandom);
    const name = 'tiny-moco.pth.tar';
    const work = useWeights({ path: path.join(goldenFolder, name), name }, weightPlatform, (weights) =>
      importWeights(backbone, weights),
    );
    await expect(work).rejects.toThrow(
      /conv1\.weight is \[2, 3, 7, 7\] in the file and \[3, 3, 7, 7\] in the backbone/,
    );
    await expect(work).rejects.toBeInstanceOf(UserError);
    backbone.dispose();
  });

  it("a checkpoint's own word for how it was made goes before ours", async () => {
    const backbone = createBackbone(tiny, cheapRandom);
    const tensors = new Map(
      [...backbone.weights.shapes()].map(([name, shape]) => [
        name,
        { dtype: 'F32' as const, shape, data: formulaTensor(name, shape).data },
      ]),
    );
    const bytes = encodeSafetensors(tensors, { origin: 'moco, 2500 steps' });
    const weights = await openWeights(memorySource(bytes, 'a.safetensors'), {
      openSibling: () => Promise.reject(new Error('none')),
    });
    expect((await importWeights(backbone, weights)).origin).toBe('moco, 2500 steps');
    backbone.dispose();
  });
});
