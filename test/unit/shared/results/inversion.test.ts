/** What an inversion left, damaged: every file ends in a sentence that says what to do. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { decodeInversion, type InversionResults } from '../../../../src/shared/results/inversion';

const results: InversionResults = {
  ...{ version: 1, prior: 'deep', quick: true, iterations: 10, size: 32 },
  perceptual: { measure: 'random-lpips', trunk: 'alex' },
  images: [{ place: 4, name: 'cat', label: '', file: 'image-0.png' }],
  layers: [{ layer: 'layer1', depth: 0, grid: [8, 8] }],
  inversions: [
    {
      ...{ image: 0, layer: 0, errorMap: { file: 'error.png', max: 1, mean: 0.5 } },
      snapshots: [
        {
          ...{ iteration: 10, file: 'a.png' },
          distances: { perceptual: 0.1, ssim: 0.9, psnr: 20, featureCosine: 0.5, featureError: 0.1 },
        },
      ],
      curve: { iterations: [0, 5], losses: [1, 0.5] },
    },
  ],
};
const changed = (from = '', to = '') => decodeInversion(JSON.stringify(results).replace(from, to));

describe('the file of an inversion', () => {
  it('is read back as written', () => {
    expect(changed()).toEqual(results);
  });

  it.each([
    ['not JSON', '"version"', 'version'],
    ['version', '"version":1', '"version":9'],
    ['images.0.file', '"file":"image-0.png"', '"file":7'],
    ['inversions.0.snapshots.0.distances.ssim', '"ssim":0.9', '"ssim":"much"'],
    ['names images or layers that it lacks', '"layer":0', '"layer":1'],
  ])('says what is wrong: %s', (words, from, to) => {
    const act = () => changed(from, to);
    expect(act).toThrow(UserError);
    expect(act).toThrow(words);
    expect(act).toThrow(/run the (inversion|analysis) again/);
  });
});
