/** Inversions in experiment files: defaults by prior and quick form, scales that small images have room for, keys. */
import { describe, expect, it } from 'vitest';
import type { InversionAnalysis } from '../../../../src/shared/experiment/analysisSchema';
import { parseExperiment } from '../../../../src/shared/experiment/parse';
import { planStages, weightFiles } from '../../../../src/shared/experiment/plan';
import { fitScales } from '../../../../src/shared/experiment/resolveInversion';

const textOf = (settings: string, imageSize = 224) => `name: inverted
imageSize: ${imageSize}
backbone: { name: resnet50 }
data: { photos: { kind: image-folder, root: photos } }
pretrainings: [{ id: random }]
analyses: [{ kind: inversion${settings === '' ? '' : `, ${settings}`} }]
`;
const parse = (settings: string, imageSize?: number) =>
  parseExperiment(textOf(settings, imageSize), { fileName: 'a.transfer.yaml', recipes: new Map() });

function resolved(settings: string, imageSize?: number): InversionAnalysis {
  const { experiment, problems } = parse(settings, imageSize);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return experiment!.analyses[0] as InversionAnalysis;
}

describe('settings of an inversion', () => {
  it('are those of the released code', () => {
    const settings = resolved('');
    expect(settings).toMatchObject({ prior: 'deep', iterations: 3000, learningRate: 0.001, variation: 0, lpips: [] });
    expect(settings.network).toEqual({
      ...{ channels: [16, 32, 64, 128, 128, 128], kernels: [7, 7, 5, 5, 3, 3], skipChannels: 4 },
      ...{ noiseChannels: 32, noiseScale: 0.1, side: 256 },
    });
    expect(settings.snapshots).toEqual([100, 300, 1000, 3000]);
    expect(settings.layers).toEqual(['layer1', 'layer2', 'layer3', 'layer4']);
  });

  it('are small in the quick form, one by one as written, and without a network for pixels', () => {
    const quick = resolved('quick: true, skipChannels: 2, snapshots: [7]', 64);
    expect(quick).toMatchObject({ iterations: 200, learningRate: 0.01, snapshots: [7, 200] });
    expect(quick.network).toMatchObject({
      channels: [16, 32, 32, 32],
      kernels: [3, 3, 3, 3],
      skipChannels: 2,
      side: 64,
    });
    expect(resolved('channels: [8, 9], kernels: [5]').network).toMatchObject({ channels: [8, 9], kernels: [5, 5] });
    const smooth = resolved('prior: total-variation');
    expect(smooth).toMatchObject({ learningRate: 0.05, variation: 0.1 });
    expect(smooth.network).toBeUndefined();
    expect(resolved('prior: none, variation: 3').variation).toBe(0);
  });

  it.each([
    [224, 6, 256],
    [64, 4, 64],
    [32, 3, 32],
    [200, 6, 256],
    [192, 5, 192],
    [11, 1, 12],
  ])('leave %i px %i scales of at most six, from %i px of noise', (size, scales, side) => {
    expect(fitScales(size, 6)).toEqual({ scales, side });
  });

  it('read weight files, by their content and not by their names', () => {
    const keyOf = (settings: string, hash: string) => {
      const { experiment } = parse(settings, 64);
      const fileHashes = Object.fromEntries(weightFiles(experiment!).map((file) => [file, hash]));
      const { stages } = planStages(experiment!, {
        ...{ fingerprints: { photos: 'f' }, fileHashes, runtimeFamily: 'wasm' },
        codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
      });
      return stages.find(({ kind }) => kind === 'analysis')!.key;
    };
    expect(weightFiles(parse('lpips: [trunk.pth, alex.pth]', 64).experiment!)).toEqual(['trunk.pth', 'alex.pth']);
    const key = keyOf('lpips: a.pth', 'one');
    expect(keyOf('lpips: b.pth', 'one')).toBe(key);
    expect(keyOf('lpips: a.pth', 'two')).not.toBe(key);
    expect(keyOf('', 'one')).not.toBe(key);
    expect(keyOf('lpips: a.pth, checkpointEvery: 7', 'one')).toBe(key);
    expect(keyOf('lpips: a.pth, iterations: 7', 'one')).not.toBe(key);
  });
});
