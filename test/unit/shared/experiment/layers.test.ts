/** Counts against torchvision's own, and layers of each kind of network. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  activationBytes,
  backboneProblem,
  describeLayers,
  layerDepths,
  layerNames,
  multiplyAdds,
  parameterCount,
  type BackboneConfig,
} from '../../../../src/shared/experiment/layers';

interface GoldenCounts {
  readonly parameters: number;
  /** By image side in px. */
  readonly multiplyAdds: Readonly<Record<string, number>>;
}
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/data/resnet-names.json', import.meta.url), 'utf8'),
) as Record<BackboneConfig['name'], GoldenCounts>;
const standard = (name: BackboneConfig['name']): BackboneConfig => ({
  name,
  width: 64,
  stem: 'imagenet',
  dilate: [false, false, false],
});

describe('counts equal torchvision', () => {
  it.each([
    ['resnet18', 11_689_512, 512],
    ['resnet34', 21_797_672, 512],
    ['resnet50', 25_557_032, 2048],
    ['resnet101', 44_549_160, 2048],
  ] as const)('%s', (name, parameters, featureSize) => {
    expect(golden[name].parameters).toBe(parameters);
    expect(parameterCount(standard(name), 1000)).toBe(parameters);
    expect(parameterCount(standard(name))).toBe(parameters - 1000 * (featureSize + 1));
    for (const [side, count] of Object.entries(golden[name].multiplyAdds)) {
      expect(multiplyAdds(standard(name), Number(side))).toBe(count);
    }
  });
});

describe('depth', () => {
  // The number in a ResNet's name counts these and the classifier (He et al. 2016, table 1).
  it.each([
    ['resnet18', 17, 2],
    ['resnet34', 33, 2],
    ['resnet50', 49, 3],
    ['resnet101', 100, 3],
  ] as const)('%s: in convolutions passed', (name, all, perBlock) => {
    const depths = layerDepths(standard(name));
    expect([...depths.keys()].sort()).toEqual(layerNames(standard(name)).sort());
    expect(depths.get('conv1')).toBe(1 / all);
    expect(depths.get('layer1.0')).toBe((1 + perBlock) / all);
    expect(depths.get('layer4')).toBe(1);
    expect(depths.get('avgpool')).toBe(1);
    const inOrder = layerNames(standard(name)).map((layer) => depths.get(layer)!);
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  });
});

describe('layers', () => {
  it('come in depth order with channels and stride', () => {
    const layers = describeLayers(standard('resnet50'));
    expect(layers.length).toBe(4 + 16 + 4 + 1);
    expect(layers.slice(0, 5).map((l) => l.name)).toEqual(['conv1', 'bn1', 'relu', 'maxpool', 'layer1.0']);
    const at = (name: string) => layers.find((layer) => layer.name === name);
    expect(at('layer1')).toEqual({ name: 'layer1', channels: 256, stride: 4 });
    expect(at('layer3.5')).toEqual({ name: 'layer3.5', channels: 1024, stride: 16 });
    expect(layers.at(-2)).toEqual({ name: 'layer4', channels: 2048, stride: 32 });
    expect(layers.at(-1)).toEqual({ name: 'avgpool', channels: 2048, stride: 0 });
  });

  it('follow stem, width and dilation', () => {
    const cifar = { ...standard('resnet18'), stem: 'cifar', width: 16 } as const;
    expect(layerNames(cifar)).not.toContain('maxpool');
    expect(describeLayers(cifar).at(-2)).toEqual({ name: 'layer4', channels: 128, stride: 8 });
    const dilated = { ...standard('resnet50'), dilate: [false, true, true] } as const;
    expect(describeLayers(dilated).at(-2)!.stride).toBe(8);
    expect(parameterCount(dilated)).toBe(parameterCount(standard('resnet50')));
    expect(multiplyAdds(dilated, 64)).toBeGreaterThan(multiplyAdds(standard('resnet50'), 64));
    expect(backboneProblem(dilated)).toBeUndefined();
    expect(backboneProblem({ ...dilated, name: 'resnet34' })).toMatchObject({
      setting: 'dilate',
      message: expect.stringContaining('resnet34') as string,
    });
  });

  it('bound the memory of a step', () => {
    const tiny = { ...standard('resnet18'), stem: 'small', width: 1 } as const;
    // 8 px: stem and layer1 4×4 × 1 channel (5 convolutions); layer2 2×2 × 2, layer3 1×1 × 4, layer4 1×1 × 8 (5 each).
    const numbers = 3 * 64 + 2 * (5 * 16 + 5 * 8 + 5 * 4 + 5 * 8);
    expect(activationBytes(tiny, 8, 3)).toBe(4 * 3 * numbers);
  });
});
