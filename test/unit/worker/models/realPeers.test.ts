/** Networks of the real torchvision with weights it has just drawn, through files of PyTorch: outputs of every stage are equal. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeBackbone, type WrittenBackbone } from '../../../../src/shared/experiment/backbones/complete';
import { useWeights } from '../../../../src/shared/weights/useWeights';
import { importWeights } from '../../../../src/worker/checkpoint/importWeights';
import { weightPlatform } from '../../../../src/worker/checkpoint/weightPlatform';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { findPython, runPython } from '../../../support/findPython';
import { cheapRandom } from './formulaWeights';

interface Peer {
  readonly backbone: WrittenBackbone;
  /** Python that makes the network. */
  readonly network: string;
  /** Our layers and torchvision's modules. */
  readonly layers: Readonly<Record<string, string>>;
}
const stages = { layer1: 'layer1', layer2: 'layer2', layer3: 'layer3', layer4: 'layer4', avgpool: 'avgpool' };
const peers: Readonly<Record<string, Peer>> = {
  resnext50_32x4d: { backbone: { name: 'resnext50_32x4d' }, network: 'models.resnext50_32x4d()', layers: stages },
  convnext_tiny: {
    backbone: { name: 'convnext_tiny' },
    network: 'models.convnext_tiny()',
    layers: {
      ...{
        stem: 'features.0',
        'stages.0.blocks.0': 'features.1.0',
        'stages.0': 'features.1',
        'stages.1': 'features.3',
      },
      ...{ 'stages.2': 'features.5', 'stages.3': 'features.7', 'head.norm': 'classifier.0' },
    },
  },
  vit_tiny: {
    backbone: { name: 'vit_tiny_patch16', patch: 8, nativeSize: 64 },
    network: 'models.VisionTransformer(64, 8, 12, 3, 192, 768)',
    layers: {
      'blocks.0': 'encoder.layers.encoder_layer_0',
      'blocks.11': 'encoder.layers.encoder_layer_11',
      norm: 'encoder.ln',
    },
  },
};

const python = findPython('torch', 'torchvision', 'numpy');
const folder = mkdtempSync(path.join(os.tmpdir(), 'transferscope-peers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(`the real torchvision${python ? '' : ' (skipped: no Python with torch and torchvision)'}`, () => {
  beforeAll(async () => {
    await startRuntime('wasm');
  });

  it.skipIf(!python).each(Object.entries(peers))(
    '%s',
    async (name, { backbone: written, network, layers }) => {
      runPython(python!, program(name, network, Object.values(layers)), folder);
      const backbone = createBackbone(completeBackbone(written), cheapRandom);
      const file = path.join(folder, `${name}.pth`);
      await useWeights({ path: file }, weightPlatform, (weights) => importWeights(backbone, weights));
      const read = (label: string) => {
        const bytes = readFileSync(path.join(folder, `${name}-${label}.bin`));
        return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      };
      const taps = Object.keys(layers);
      const outputs = tf.tidy(() => {
        const images = tf.transpose(tf.tensor4d(read('images').slice(), [2, 3, 64, 64]), [0, 2, 3, 1]);
        return [...backbone.forward(images, { training: false, taps }).taps].map(
          // PyTorch's order: channels before places.
          ([layer, y]) => [layer, y.rank === 4 ? tf.transpose(y, [0, 3, 1, 2]) : tf.clone(y)] as const,
        );
      });
      for (const [layer, output] of outputs) {
        const expected = read(layers[layer]!);
        const found = await output.data();
        expect(found.length).toBe(expected.length);
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
        expect(worst / scale, layer).toBeLessThan(1e-4);
        output.dispose();
      }
      backbone.dispose();
    },
    300_000,
  );
});

function program(name: string, network: string, modules: readonly string[]): string {
  return `
import torch
from torchvision import models
torch.manual_seed(0)
net = ${network}.eval()
torch.save(net.state_dict(), "${name}.pth")
x = torch.randn(2, 3, 64, 64)
x.numpy().tofile("${name}-images.bin")
for m in ${JSON.stringify(modules)}:
    net.get_submodule(m).register_forward_hook(
        lambda _, i, y, m=m: y.detach().contiguous().numpy().tofile("${name}-" + m + ".bin"))
with torch.no_grad():
    net(x)
`;
}
