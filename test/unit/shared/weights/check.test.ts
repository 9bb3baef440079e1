/** What `weights check` measures and suspects: closed forms, and batch norms made from known images. */
import { completeBackbone } from '../../../../src/shared/experiment/backbones/complete';
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { makeCheckImage, summarise } from '../../../../src/shared/weights/checkReport';
import { torchvision } from '../../../../src/shared/weights/families/torchvision';
import { estimateInput } from '../../../../src/shared/weights/inputStatistics';
import { findSuspicions, type ReadTensor } from '../../../../src/shared/weights/suspicions';
import { makeTorchSnippet } from '../../../../src/shared/weights/torchSnippet';
import { weightsOf } from './memoryWeights';

const kernel = 7;
const outputs = 64;
const random = deriveRandom(0, 'filters');
const filters = Float32Array.from({ length: outputs * 3 * kernel * kernel }, () => 0.1 * random.normal());

/** What batch norm measures after these filters where every image is one colour: μ_c = Σ_k m_k s_ck, σ_c² = d² (Σ_k s_ck)². */
function firstLayer(means: readonly [number, number, number], deviation: number) {
  const area = kernel * kernel;
  const sums = Array.from({ length: outputs }, (_, c) =>
    [0, 1, 2].map((k) =>
      filters.subarray((c * 3 + k) * area, (c * 3 + k + 1) * area).reduce((sum, value) => sum + value, 0),
    ),
  );
  const mean = Float32Array.from(sums, (row) => row.reduce((sum, value, k) => sum + value * means[k]!, 0));
  // One grey level for the whole image: fully correlated inputs.
  const variance = Float32Array.from(sums, (row) => (deviation * row.reduce((sum, value) => sum + value, 0)) ** 2);
  return { filters, kernel, mean, variance };
}

function tensorsOf(means: readonly [number, number, number], deviation: number): Map<string, ReadTensor> {
  const layer = firstLayer(means, deviation);
  return new Map<string, ReadTensor>([
    ['conv1.weight', { shape: [outputs, 3, kernel, kernel], data: filters }],
    ['bn1.running_mean', { shape: [outputs], data: layer.mean }],
    ['bn1.running_var', { shape: [outputs], data: layer.variance }],
  ]);
}

describe('the statistics of an output', () => {
  it('are those of the definition', () => {
    const found = summarise(Float32Array.of(1, 2, 3, 6));
    expect(found).toEqual({ mean: 3, std: Math.sqrt(14 / 3), max: 6 });
    expect(summarise(Float32Array.of(1, NaN, 2)).max).toBeNaN();
    expect(summarise(Float32Array.of(-3, -1)).max).toBe(-1);
  });

  it('are measured on a sine, number by number in the order of PyTorch', () => {
    const image = makeCheckImage(8);
    // Channel 2, row 3, column 5 is number (2·8 + 3)·8 + 5 there.
    expect(image[(3 * 8 + 5) * 3 + 2]).toBe(Math.fround(Math.sin(0.37 * ((2 * 8 + 3) * 8 + 5))));
  });
});

describe('the images a network was trained on', () => {
  it('have the channel means that the first batch norm implies', () => {
    const found = estimateInput(firstLayer([0.485, 0.456, 0.406], 0.27))!;
    [0.485, 0.456, 0.406].forEach((mean, k) => expect(found.mean[k]).toBeCloseTo(mean, 4));
    expect(found.explained).toBeCloseTo(1, 6);
    expect(found.deviation).toBeGreaterThan(0.09);
    expect(found.deviation).toBeLessThan(0.81);
  });

  it('are not guessed where the filters do not tell channels apart', () => {
    const same = Float32Array.from({ length: filters.length }, () => 1);
    expect(estimateInput({ ...firstLayer([1, 1, 1], 1), filters: same })).toBeUndefined();
  });
});

describe('suspicions', () => {
  it('are none where the images were standardised', () => {
    expect(findSuspicions(tensorsOf([0.02, -0.01, 0.03], 1), torchvision)).toEqual([]);
  });

  it.each<[string, [number, number, number], number, RegExp[]]>([
    ['images of 0 to 1', [0.485, 0.456, 0.406], 0.27, [/channel means of about 0\.4[89], 0\.46, 0\.41/]],
    ['images of 0 to 255', [123.7, 116.3, 103.5], 58, [/means of about 1\.2e\+2/]],
    ['BGR images of 0 to 255', [103.5, 116.3, 123.7], 58, [/means of about/, /order BGR/]],
    ['images of 0 to 255 less the mean', [0, 0, 0], 58, [/deviation of about/]],
  ])('name %s', (_, means, deviation, sentences) => {
    const found = findSuspicions(tensorsOf(means, deviation), torchvision);
    expect(found).toHaveLength(sentences.length);
    sentences.forEach((sentence, k) => expect(found[k]).toMatch(sentence));
  });

  it('know families that are fed BGR', () => {
    expect(findSuspicions(tensorsOf([0, 0, 0], 1), { input: 'bgr-caffe' })[0]).toMatch(/BGR/);
  });

  it('name numbers that are none, and batch norms that were never trained', () => {
    const tensors = tensorsOf([0, 0, 0], 1);
    const initial: [string, ReadTensor][] = [
      ['layer1.0.bn1.running_mean', { shape: [2], data: Float32Array.of(0, 0) }],
      ['layer1.0.bn1.running_var', { shape: [2], data: Float32Array.of(1, 1) }],
      ['layer1.0.conv1.weight', { shape: [2], data: Float32Array.of(1, NaN) }],
    ];
    const found = findSuspicions(new Map([...tensors, ...initial]), torchvision);
    expect(found[0]).toMatch(/1 weights hold numbers that are not finite .* layer1\.0\.conv1\.weight/);
    expect(found[1]).toMatch(/initial statistics .* in 1 of 2 layers, the first layer1\.0\.bn1/);
  });
});

describe('the PyTorch code', () => {
  const backbone = { name: 'resnet50', width: 64, stem: 'imagenet', dilate: [false, false, false] } as const;
  const layers = ['conv1', 'avgpool'];

  it('takes the state dict out of its container and its prefix off', () => {
    const name = 'state_dict.module.encoder_q.conv1.weight';
    const weights = weightsOf([[name, [1]]], { parents: new Map([[name, 'state_dict']]), name: "it's.pth" });
    const lines = makeTorchSnippet({
      weights,
      recognition: { prefix: 'state_dict.module.encoder_q.', family: torchvision },
      backbone,
      layers,
      imageSize: 64,
    })!;
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(
      `{k[17:]: v for k, v in torch.load("it's.pth", map_location="cpu", weights_only=False)["state_dict"].items() if k.startswith("module.encoder_q.")}`,
    );
    expect(lines[2]).toContain('reshape(1, 3, 64, 64)');
  });

  it('reads safetensors as they are, converts what has other names, and is absent where no library has such a network', () => {
    const weights = weightsOf([['conv1.weight', [1]]], { format: 'safetensors', name: 'a.safetensors' });
    const input = { weights, recognition: { prefix: '', family: torchvision }, backbone, layers, imageSize: 64 };
    expect(makeTorchSnippet(input)![0]).toContain('sd = load_file("a.safetensors")');
    const other = { ...input, weights: weightsOf([['a', [1]]], { format: 'hdf5', name: 'a.h5' }) };
    expect(makeTorchSnippet(other)![0]).toBe('# first: transferscope weights convert a.h5 converted.safetensors');
    expect(makeTorchSnippet({ ...input, backbone: { ...backbone, width: 16 } })).toBeUndefined();
    const vit = {
      ...input,
      backbone: completeBackbone({ name: 'vit_small_patch16' }),
      layers: ['blocks.0', 'norm.cls_token'],
    };
    expect(makeTorchSnippet(vit)).toBeUndefined();
    const lines = makeTorchSnippet({ ...vit, imageSize: 224 })!;
    expect(lines[0]).toBe('# first: transferscope weights convert a.safetensors converted.safetensors --names timm');
    expect(lines[1]).toContain('timm.create_model("vit_small_patch16_224", num_classes=0)');
    expect(lines[2]).toContain('for n in ["blocks.0"]:');
  });
});
