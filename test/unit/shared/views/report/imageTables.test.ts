/** Analyses of single images in a report: intervals over images, differences image by image. */
import { describe, expect, it } from 'vitest';
import { pairedDifference } from '../../../../../src/shared/math/statistics';
import type { AnalysisResult } from '../../../../../src/shared/results/records';
import type { Analysed } from '../../../../../src/shared/views/report/analysisViews';
import { imageTables } from '../../../../../src/shared/views/report/imageTables';

function analysed(pretraining: string, seed: number, places: readonly number[], ssim: readonly number[]): Analysed {
  const mean = ssim.reduce((sum, value) => sum + value, 0) / ssim.length;
  const result: AnalysisResult = {
    ...{ kind: 'analysis', analysis: 'inversion', data: 'emoji', images: places.length, notes: [] },
    layers: [{ layer: 'layer1', depth: 1, dimension: 8, metrics: { ssim: mean } }],
    perImage: { places, layers: [{ layer: 'layer1', metrics: { ssim } }] },
  };
  return { analysis: 'inversion', pretraining, against: undefined, seed, result };
}

describe('tables over images', () => {
  const results = [
    analysed('moco', 0, [3, 7, 9], [0.5, 0.25, 1]),
    analysed('random', 0, [7, 3, 4], [0.125, 0.25, 0]),
    analysed('moco', 1, [2], [0.75]),
    analysed('random', 1, [2], [0.5]),
  ];

  it('hold the mean over the images of all seeds with its interval', () => {
    const [means] = imageTables(results, 'random');
    expect(means).toMatchObject({ metric: 'ssim', title: 'SSIM', columns: ['layer1'] });
    expect(means!.rows.map(({ name, cells }) => [name, cells[0]!.n, cells[0]!.mean])).toEqual([
      ['moco', 4, 0.625],
      ['random', 4, 0.21875],
    ]);
    expect(means!.rows[0]!.cells[0]!.halfWidth).toBeGreaterThan(0);
  });

  it('pair images by seed and place, and leave out those that only one looked at', () => {
    const [, difference] = imageTables(results, 'random');
    expect(difference).toMatchObject({ metric: 'ssim difference', title: 'SSIM, difference to random image by image' });
    const [row] = difference!.rows;
    expect(difference!.rows).toHaveLength(1);
    // place 3, place 7, and the one of seed 1
    expect(row).toEqual({ name: 'moco', cells: [pairedDifference([0.5, 0.25, 0.75], [0.25, 0.125, 0.5])] });
  });

  it('compare with the first pretraining where none has random weights, and with none where there is one alone', () => {
    expect(imageTables(results, undefined)[1]!.title).toBe('SSIM, difference to moco image by image');
    expect(imageTables([results[0]!], 'random').map(({ metric }) => metric)).toEqual(['ssim']);
    const strangers = [results[0]!, analysed('other', 2, [3], [1])];
    expect(imageTables(strangers, undefined)[1]!.rows[0]!.cells).toEqual([undefined]);
  });
});
