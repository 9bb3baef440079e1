/**
 * Random weights of every architecture from the library it belongs to, saved by the libraries in every format: each format
 * gives the same numbers, bit for bit, and our features at every stage are the network's own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exitCodes';
import { weightPlatform } from '../../src/runs/weightPlatform';
import { isEssential } from '../../src/shared/weights/backboneNames';
import type { WeightsCheck } from '../../src/shared/weights/checkReport';
import { recogniseOrRefuse } from '../../src/shared/weights/recognise';
import { useWeights } from '../../src/shared/weights/useWeights';
import { findPython, runPython } from '../support/findPython';
import { copyProgram, type Program } from './realProgram';

interface Peer {
  readonly library: 'torchvision' | 'timm';
  readonly name: string;
  /** File → family. */
  readonly files: Readonly<Record<string, string>>;
}

const everyFormat = {
  'zip.pth': 'torchvision',
  'legacy.pth': 'torchvision',
  'one.safetensors': 'torchvision',
  'model.safetensors.index.json': 'torchvision',
  'arrays.npz': 'torchvision',
  'd2.pkl': 'detectron2',
};
const peers: readonly Peer[] = [
  { library: 'torchvision', name: 'resnet18', files: everyFormat },
  { library: 'torchvision', name: 'resnet34', files: { 'zip.pth': 'torchvision' } },
  { library: 'torchvision', name: 'resnet50', files: { ...everyFormat, 'keras.h5': 'keras' } },
  { library: 'torchvision', name: 'resnet101', files: { 'zip.pth': 'torchvision' } },
  { library: 'timm', name: 'resnet18', files: { 'zip.pth': 'torchvision' } },
  { library: 'timm', name: 'resnet50', files: { 'zip.pth': 'torchvision', 'one.safetensors': 'torchvision' } },
];

const stages = ['layer1', 'layer2', 'layer3', 'layer4'];
const modules = ['torch', 'torchvision', 'numpy', 'safetensors', 'h5py'];
const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-peers-'));
let program: Program;

/** Files and expected features of one network; batch norms have seen images. */
const script = ({ library, name, files }: Peer): string => `
import json, numpy, pickle, re, torch, ${library}
torch.manual_seed(3)
net = ${library === 'timm' ? `timm.create_model('${name}')` : `torchvision.models.${name}()`}
with torch.no_grad(): net.train()(torch.randn(4, 3, 64, 64))
sd = net.state_dict()
body = {k: v for k, v in sd.items() if not k.startswith('fc.')}
files = ${JSON.stringify(Object.keys(files))}
torch.save({'state_dict': sd}, 'zip.pth')
if 'legacy.pth' in files: torch.save(sd, 'legacy.pth', _use_new_zipfile_serialization=False)
if 'one.safetensors' in files:
    from safetensors.torch import save_file
    save_file(sd, 'one.safetensors')
    keys = sorted(sd)
    parts = {'model-00001-of-00002.safetensors': keys[::2], 'model-00002-of-00002.safetensors': keys[1::2]}
    for file, own in parts.items(): save_file({k: sd[k] for k in own}, file)
    json.dump({'metadata': {}, 'weight_map': {k: f for f, own in parts.items() for k in own}}, open('model.safetensors.index.json', 'w'))
if 'arrays.npz' in files: numpy.savez('arrays.npz', **{k: v.numpy() for k, v in body.items()})
if 'd2.pkl' in files:
    # As detectron2's tools/convert-torchvision-to-d2.py names and writes them.
    def d2(k):
        if 'layer' not in k: k = 'stem.' + k
        for t in (1, 2, 3, 4): k = k.replace(f'layer{t}', f'res{t + 1}')
        for t in (1, 2, 3): k = k.replace(f'bn{t}', f'conv{t}.norm')
        return k.replace('downsample.0', 'shortcut').replace('downsample.1', 'shortcut.norm')
    model = {d2(k): v.numpy() for k, v in body.items() if 'num_batches' not in k}
    pickle.dump({'model': model, '__author__': 'torchvision', 'matching_heuristics': True}, open('d2.pkl', 'wb'))
if 'keras.h5' in files:
    import h5py
    parts = {'weight': 'gamma', 'bias': 'beta', 'running_mean': 'moving_mean', 'running_var': 'moving_variance'}
    with h5py.File('keras.h5', 'w') as out:
        for k, v in body.items():
            if 'num_batches' in k: continue
            unit, last = k.rsplit('.', 1)
            m = re.match(r'layer(\\d)\\.(\\d+)\\.(.*)', unit)
            if m:
                kind, place = ('conv', 0) if m[3] == 'downsample.0' else ('bn', 0) if m[3] == 'downsample.1' else (m[3][:-1], m[3][-1])
                layer = f'conv{int(m[1]) + 1}_block{int(m[2]) + 1}_{place}_{kind}'
            else: layer = {'conv1': 'conv1_conv', 'bn1': 'conv1_bn'}[unit]
            is_conv = layer.endswith('conv')
            array = v.numpy().transpose(2, 3, 1, 0) if is_conv else v.numpy()
            out.create_dataset(f'model_weights/{layer}/{layer}/{"kernel" if is_conv else parts[last]}:0', data=array, compression='gzip', compression_opts=1, shuffle=True)
x = torch.randn(2, 3, 64, 64)
numpy.save('x.npy', x.numpy())
outputs = {}
for n in ${JSON.stringify(stages)}:
    net.get_submodule(n).register_forward_hook(lambda m, i, y, n=n: outputs.__setitem__(n, y.detach().numpy().copy()))
with torch.no_grad(): net.eval()(x)
numpy.savez('wanted.npz', **outputs)
`;

const compare = `
import numpy
a, b = numpy.load('wanted.npz'), numpy.load('found.npz')
assert all(a[n].shape == b[n].shape for n in a)
print(max(float(abs(a[n] - b[n]).max() / (1 + abs(a[n]).max())) for n in a))
`;

/** Backbone weights under torchvision's names, and whose names the file has. */
function readBackbone(file: string): Promise<{ family: string; tensors: Map<string, Float32Array> }> {
  return useWeights({ path: path.join(folder, file) }, weightPlatform, async (weights) => {
    const { family, tensors } = recogniseOrRefuse(weights);
    const read = new Map<string, Float32Array>();
    for (const [name, place] of tensors) if (isEssential(name)) read.set(name, await place.read());
    return { family: family.id, tensors: read };
  });
}

describe('against the libraries themselves', () => {
  beforeAll(() => void (program = copyProgram()));
  afterAll(() => {
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const peer of peers) {
    const needed = [...new Set([...modules, peer.library])];
    const python = findPython(...needed);
    const title = `${peer.library}'s ${peer.name} from ${Object.keys(peer.files).join(', ')}`;
    it.skipIf(!python)(
      `${title}${python ? '' : ` (skipped: no Python with ${needed.join(', ')})`}`,
      async () => {
        runPython(python!, script(peer), folder);
        const truth = await readBackbone('zip.pth');
        for (const [file, family] of Object.entries(peer.files)) {
          const found = await readBackbone(file);
          expect([file, found.family, found.tensors.size]).toEqual([file, family, truth.tensors.size]);
          for (const [name, values] of found.tensors) {
            const wanted = truth.tensors.get(name)!;
            // Keras' batch norm has another epsilon, which is folded into the variance.
            const isFolded = family === 'keras' && name.endsWith('running_var');
            const isSame = isFolded
              ? values.every((value, k) => Math.abs(value - 1e-8 - wanted[k]!) < 1e-6 * (1 + wanted[k]!))
              : Buffer.from(values.buffer, values.byteOffset, values.byteLength).equals(
                  Buffer.from(wanted.buffer, wanted.byteOffset, wanted.byteLength),
                );
            expect([file, name, isSame]).toEqual([file, name, true]);
          }
        }
        const network = ['--backbone', peer.name, '--weights', 'zip.pth', '--input', 'x.npy', '--no-cache'];
        const wanted = ['--layers', stages.join(), '--full', '--out', 'found.npz'];
        expect((await program.run(folder, ['features', ...network, ...wanted])).code).toBe(EXIT.done);
        expect(Number(runPython(python!, compare, folder))).toBeLessThan(1e-4);
      },
      900_000,
    );
  }

  const timm = findPython('torch', 'timm', 'safetensors');
  for (const [ours, theirs] of [
    ['vit_tiny_patch16', 'vit_tiny_patch16_224'],
    ['convnext_tiny', 'convnext_tiny'],
  ] as const) {
    it.skipIf(!timm)(
      `the code that weights check prints gives its numbers in timm: ${ours}${timm ? '' : ' (skipped: no Python with torch, timm, safetensors)'}`,
      async () => {
        const save = `import timm, torch; torch.manual_seed(0); torch.save(timm.create_model('${theirs}', num_classes=0).state_dict(), 'timm.pth')`;
        runPython(timm!, save, folder);
        const check = await program.run(folder, ['weights', 'check', 'timm.pth', '--backbone', ours, '--json']);
        const { layers, snippet } = JSON.parse(check.out) as WeightsCheck;
        const names = ['converted.safetensors', '--names', 'timm'];
        expect((await program.run(folder, ['weights', 'convert', 'timm.pth', ...names])).code).toBe(EXIT.done);
        const printed = runPython(timm!, snippet!.join('\n'), folder).split('\n');
        const found = new Map(
          printed.map((line) => line.split(/\s+/)).map(([name, ...rest]) => [name, rest.map(Number)]),
        );
        expect(found.size).toBeGreaterThan(12);
        for (const { layer, mean, std, max } of layers.filter((one) => found.has(one.layer)))
          [mean, std, max].forEach((value, k) =>
            expect(Math.abs(value - found.get(layer)![k]!), layer).toBeLessThan(1e-4 * (1 + Math.abs(value))),
          );
      },
      900_000,
    );
  }
});
