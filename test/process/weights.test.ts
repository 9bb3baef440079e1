/** `weights inspect`, `convert`, `check` and `features` as built, on small networks; and against real PyTorch where there is one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exitCodes';
import type { BackboneConfig } from '../../src/shared/experiment/layers';
import type { WeightsCheck } from '../../src/shared/weights/checkReport';
import { backboneShapes } from '../../src/shared/weights/fitBackbone';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../src/shared/weights/safetensors';
import { useWeights } from '../../src/shared/weights/useWeights';
import { weightPlatform } from '../../src/runs/weightPlatform';
import { findPython, runPython } from '../support/findPython';
import { formulaTensor } from '../unit/worker/models/formulaWeights';
import { copyProgram, type Program } from './realProgram';

const small: BackboneConfig = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] };
const network = ['--backbone', 'resnet18', '--width', '4', '--stem', 'small'];
const moco = 'module.encoder_q.';
let program: Program;
const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-weights-'));
const here = (name: string) => path.join(folder, name);
const run = (...args: string[]) => program.run(folder, args);

beforeAll(async () => {
  program = copyProgram();
  const tensors = [...backboneShapes(small)].map(([name, shape]) => [name, toFile(name, shape)] as const);
  writeFileSync(here('plain.safetensors'), encodeSafetensors(new Map(tensors)));
  const queue: [string, FileTensor] = ['module.queue', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }];
  const inside = tensors.map(([name, tensor]) => [moco + name, tensor] as const);
  writeFileSync(here('moco.safetensors'), encodeSafetensors(new Map([...inside, queue])));
  writeFileSync(
    here('odd.safetensors'),
    encodeSafetensors(new Map(tensors.map(([name, tensor]) => [`my.net.${name}`, tensor] as const))),
  );
  mkdirSync(here('images'));
  for (const [index, colour] of ['#c04020', '#2040c0', '#20c040'].entries())
    await sharp({ create: { width: 40, height: 32, channels: 3, background: colour } })
      .png()
      .toFile(here(`images/${index}.png`));
  writeFileSync(here('images/notes.txt'), 'no image');
});
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

function toFile(name: string, shape: readonly number[]): FileTensor {
  const { data } = formulaTensor(name, shape);
  if (name.endsWith('num_batches_tracked')) return { dtype: 'I64', shape, data: BigInt64Array.from(data, BigInt) };
  return { dtype: 'F32', shape, data };
}

describe('inspect', () => {
  it('says what a file is, and whether it fits', async () => {
    const { code, out } = await run('weights', 'inspect', 'moco.safetensors', ...network);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/resnet18, width 4, 3×3 stem: 100 weights.* behind "module\.encoder_q\." \(query encoder\)/);
    expect(out).toMatch(/names {5}MoCo/);
    expect(out).toMatch(/100 of 100 weights matched, fits/);
    expect(out).toMatch(/beside it module\. \(1\)/);
    const larger = await run(
      'weights',
      'inspect',
      'moco.safetensors',
      '--backbone',
      'resnet34',
      '--width',
      '4',
      '--stem',
      'small',
    );
    expect([larger.code, larger.out]).toEqual([
      EXIT.invalid,
      expect.stringMatching(/layer1\.2\.conv1\.weight \[4, 4, 3, 3\] is missing/),
    ]);
  });

  it('prints JSON, every tensor, and the likeliest prefix of unknown names', async () => {
    const { out } = await run('weights', 'inspect', 'odd.safetensors', '--json', '--list');
    const summary = JSON.parse(out) as { proposals: unknown[]; list: { name: string }[] };
    expect(summary.proposals[0]).toEqual({ prefix: 'my.net.', weights: 100 });
    expect(summary.list).toHaveLength(120);
    expect((await run('weights', 'inspect', 'odd.safetensors', '--prefix', 'my.net.', ...network)).code).toBe(
      EXIT.done,
    );
  });

  it('answers for files that are none', async () => {
    writeFileSync(here('page.pth'), '<html>');
    const { code, err } = await run('weights', 'inspect', 'page.pth');
    expect([code, err]).toEqual([
      EXIT.failed,
      'page.pth: error: page.pth is a web page, not a weight file; the download went wrong; fetch it again\n',
    ]);
    expect((await run('weights', 'inspect', 'nowhere.pth')).err).toMatch(
      /cannot read the weights nowhere\.pth \(there is no such file\)/,
    );
  });
});

describe('convert', () => {
  it.each([
    ['torchvision', 'layer2.0.downsample.1.running_var', 120],
    ['timm', 'layer2.0.downsample.1.running_var', 120],
    ['detectron2', 'res3.0.shortcut.norm.running_var', 100],
  ])('writes %s names with the same numbers', async (names, variance, count) => {
    const { code, out, err } = await run(
      'weights',
      'convert',
      'moco.safetensors',
      `${names}.safetensors`,
      '--names',
      names,
    );
    expect([code, err]).toEqual([EXIT.done, 'warning: 1 tensors that are not part of the backbone were left out\n']);
    expect(out).toMatch(
      new RegExp(
        `^wrote ${names}\\.safetensors: resnet18, width 4, 3×3 stem from MoCo, ${count} tensors under ${names} names`,
      ),
    );
    const { tensors, metadata } = decodeSafetensors(readFileSync(here(`${names}.safetensors`)));
    expect(tensors.size).toBe(count);
    const name = 'layer2.0.downsample.1.running_var';
    expect(tensors.get(variance)!.data).toEqual(formulaTensor(name, backboneShapes(small).get(name)!).data);
    expect(metadata).toEqual({ format: 'pt', origin: 'MoCo: moco.safetensors' });
  });

  it('halves to float16, statistics excepted, and back reads as the same network', async () => {
    await run('weights', 'convert', 'plain.safetensors', 'half.safetensors', '--dtype', 'float16');
    const { tensors } = decodeSafetensors(readFileSync(here('half.safetensors')));
    expect([tensors.get('conv1.weight')!.dtype, tensors.get('bn1.running_mean')!.dtype]).toEqual(['F16', 'F32']);
    expect((await run('weights', 'inspect', 'half.safetensors', ...network)).out).toMatch(/100 of 100 weights matched/);
  });

  it('refuses what it cannot name or would overwrite', async () => {
    expect((await run('weights', 'convert', 'odd.safetensors', 'x.safetensors')).err).toMatch(
      /the likeliest are prefix "my\.net\." \(100 weights\)/,
    );
    expect((await run('weights', 'convert', 'plain.safetensors', 'plain.safetensors')).code).toBe(EXIT.invalid);
    expect((await run('weights', 'convert', 'plain.safetensors', 'x.pth')).err).toMatch(/ends in \.safetensors/);
  });
});

describe('check', () => {
  it('measures every layer, and warns of damaged numbers', async () => {
    const { code, out } = await run(
      'weights',
      'check',
      'moco.safetensors',
      ...network,
      '--image-size',
      '32',
      '--runtime',
      'wasm',
      '--json',
    );
    expect(code).toBe(EXIT.done);
    const check = JSON.parse(out) as WeightsCheck;
    expect(check).toMatchObject({ matched: 100, leftOut: 1, runtime: 'wasm' });
    expect(check.layers.map(({ layer }) => layer)).toContain('layer3.1');
    expect(check.layers.every(({ mean, std, max }) => [mean, std, max].every(Number.isFinite))).toBe(true);
    expect(check.snippet).toBeUndefined();
    const { tensors } = decodeSafetensors(readFileSync(here('plain.safetensors')));
    (tensors.get('layer4.1.conv2.weight')!.data as Float32Array)[3] = NaN;
    writeFileSync(here('nan.safetensors'), encodeSafetensors(tensors));
    const damaged = await run('weights', 'check', 'nan.safetensors', ...network, '--image-size', '32');
    expect(damaged.out).toMatch(/warning: 1 weights hold numbers that are not finite .* layer4\.1\.conv2\.weight/);
    expect(damaged.out).toMatch(/the output of layer4\.1 is not finite/);
  });
});

describe('features', () => {
  const layers = ['--layers', 'layer1.0,layer4,avgpool'];
  it('are written once and reused for equal content, under other names', async () => {
    const ask = (out: string, ...more: string[]) =>
      run(
        'features',
        ...network,
        '--weights',
        'plain.safetensors',
        '--images',
        'images',
        ...layers,
        '--image-size',
        '32',
        '--out',
        out,
        ...more,
      );
    const first = await ask('a.safetensors');
    expect([first.code, first.err]).toEqual([EXIT.done, '']);
    expect(first.out).toMatch(/^wrote a\.safetensors: 3 images, 3 layers, \d+\.\d s on \w+/);
    expect((await ask('b.npz')).out).toMatch(/kept from before/);
    const { tensors, metadata } = decodeSafetensors(readFileSync(here('a.safetensors')));
    expect([...tensors].map(([name, { shape }]) => [name, shape]).sort()).toEqual([
      ['avgpool', [3, 32]],
      ['layer1.0', [3, 4]],
      ['layer4', [3, 32]],
    ]);
    expect((JSON.parse(metadata.images!) as string[]).map((file) => path.basename(file))).toEqual([
      '0.png',
      '1.png',
      '2.png',
    ]);
    // The pooled output of layer4 is what avgpool gives.
    expect(tensors.get('layer4')!.data).toEqual(tensors.get('avgpool')!.data);
    await useWeights({ path: here('b.npz') }, weightPlatform, async (npz) => {
      expect([...npz.tensors.keys()].sort()).toEqual(['avgpool', 'layer1.0', 'layer4']);
      expect(await npz.tensors.get('avgpool')!.read()).toEqual(tensors.get('avgpool')!.data);
    });
    await sharp({ create: { width: 40, height: 32, channels: 3, background: '#000000' } })
      .png()
      .toFile(here('images/1.png'));
    expect((await ask('c.safetensors')).out).toMatch(/ s on /);
  });

  it('of whole maps from an array have the shapes of PyTorch', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 16, 16), }";
    const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length + 1, 0)}${header}\n`, 'latin1');
    writeFileSync(
      here('raw.npy'),
      Buffer.concat([start, Buffer.from(Float32Array.from({ length: 1536 }, (_, i) => Math.sin(i)).buffer)]),
    );
    const { code, out } = await run(
      'features',
      ...network,
      '--weights',
      'plain.safetensors',
      '--input',
      'raw.npy',
      '--layers',
      'layer2',
      '--full',
      '--no-cache',
      '--out',
      'maps.safetensors',
    );
    expect([code, out]).toEqual([EXIT.done, expect.stringMatching(/layer2 +\[2, 8, 4, 4\]/)]);
  });

  it('of layers, images or files that are not there are refused with a sentence', async () => {
    const base = ['features', ...network, '--weights', 'plain.safetensors', '--out', 'x.safetensors'];
    expect((await run(...base, '--images', 'images', '--layers', 'layer5')).err).toMatch(
      /resnet18 has no layer "layer5"; did you mean "layer/,
    );
    expect((await run(...base, '--images', 'nowhere', '--layers', 'layer4')).err).toMatch(
      /there is no image or folder .*nowhere/,
    );
    expect((await run(...base, '--images', 'images/notes.txt', '--layers', 'layer4')).err).toMatch(
      /notes\.txt cannot be decoded/,
    );
    expect((await run(...base, '--layers', 'layer4')).err).toMatch(/give either --images or --input/);
  });
});

const python = findPython('torch', 'torchvision', 'numpy');

describe(`against PyTorch${python ? '' : ' (skipped: no Python with torch and torchvision)'}`, () => {
  it.skipIf(!python)(
    'a MoCo checkpoint converts to what torchvision loads with strict=True, and is checked by the printed code',
    async () => {
      runPython(
        python!,
        `
import torch, torchvision
torch.manual_seed(0)
net = torchvision.models.resnet18()
with torch.no_grad(): net.train()(torch.randn(4, 3, 64, 64))
sd = {k: v for k, v in net.state_dict().items() if not k.startswith('fc')}
torch.save(sd, 'truth.pth')
moco = {'module.encoder_q.' + k: v for k, v in sd.items()} | {'module.encoder_k.' + k: v for k, v in sd.items()}
torch.save({'arch': 'resnet18', 'state_dict': moco | {'module.queue': torch.randn(128, 16)}}, 'moco.pth.tar')
torch.save({'arch': 'resnet18', 'state_dict': moco}, 'legacy.pth.tar', _use_new_zipfile_serialization=False)
`,
        folder,
      );
      for (const name of ['moco', 'legacy'])
        expect((await run('weights', 'convert', `${name}.pth.tar`, `${name}-out.safetensors`)).code).toBe(EXIT.done);
      const check = await run(
        'weights',
        'check',
        'moco.pth.tar',
        '--backbone',
        'resnet18',
        '--image-size',
        '64',
        '--json',
      );
      const { layers, snippet } = JSON.parse(check.out) as WeightsCheck;
      expect(layers).toHaveLength(17);
      const strict = `
import json, numpy, struct, torch, torchvision
types = {'F32': numpy.float32, 'I64': numpy.int64}
for name in ('moco', 'legacy'):
    data = open(name + '-out.safetensors', 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop('__metadata__')
    read = lambda e: torch.from_numpy(numpy.frombuffer(data[8 + size + e['data_offsets'][0]:8 + size + e['data_offsets'][1]], types[e['dtype']]).reshape(e['shape']).copy())
    sd = {k: read(e) for k, e in header.items()}
    net = torchvision.models.resnet18(); net.fc = torch.nn.Identity()
    net.load_state_dict(sd, strict=True)
    truth = torch.load('truth.pth')
    assert all(torch.equal(sd[k], truth[k]) for k in truth) and len(sd) == len(truth)
print('same')
`;
      expect(runPython(python!, strict, folder)).toBe('same\n');
      const printed = runPython(python!, snippet!.join('\n'), folder)
        .split('\n')
        .filter((line) => /^\w+(\.\d)? /.test(line) && !line.startsWith('_'));
      const found = new Map(
        printed.map((line) => line.split(/\s+/)).map(([name, ...numbers]) => [name, numbers.map(Number)]),
      );
      for (const { layer, mean, std, max } of layers)
        [mean, std, max].forEach((value, k) =>
          expect(Math.abs(value - found.get(layer)![k]!)).toBeLessThan(1e-4 * (1 + Math.abs(value))),
        );
    },
    300_000,
  );

  it.skipIf(!python)(
    'features of every stage are those of torchvision',
    async () => {
      runPython(
        python!,
        `
import numpy, torch, torchvision
torch.manual_seed(1)
net = torchvision.models.resnet18()
with torch.no_grad(): net.train()(torch.randn(4, 3, 64, 64))
torch.save({'model': net.state_dict()}, 'net.pth')
x = torch.randn(3, 3, 64, 64)
numpy.save('x.npy', x.numpy())
outputs = {}
for n in ['relu', 'maxpool', 'layer1', 'layer2', 'layer3', 'layer4', 'avgpool']:
    net.get_submodule(n).register_forward_hook(lambda m, i, y, n=n: outputs.__setitem__(n, y.detach().clone().numpy()))
with torch.no_grad(): net.eval()(x)
numpy.savez('wanted.npz', **{n: y.reshape(3, -1) if n == 'avgpool' else y for n, y in outputs.items()})
`,
        folder,
      );
      const layers = ['relu', 'maxpool', 'layer1', 'layer2', 'layer3', 'layer4', 'avgpool'];
      const { code } = await run(
        'features',
        '--backbone',
        'resnet18',
        '--weights',
        'net.pth',
        '--input',
        'x.npy',
        '--layers',
        layers.join(),
        '--full',
        '--out',
        'found.npz',
      );
      expect(code).toBe(EXIT.done);
      const compare = `
import numpy
a, b = numpy.load('wanted.npz'), numpy.load('found.npz')
print(max(float(abs(a[n] - b[n]).max() / (1 + abs(a[n]).max())) for n in a), all(a[n].shape == b[n].shape for n in a))
`;
      const [difference, sameShapes] = runPython(python!, compare, folder).trim().split(' ');
      expect(sameShapes).toBe('True');
      expect(Number(difference)).toBeLessThan(1e-4);
    },
    300_000,
  );
});
