/** Pictures of inversions in the HTML report: which ones, in which order, and what happens when some are gone. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, expect, it } from 'vitest';
import { INVERSION_VERSION, type InversionResults } from '../../../../src/shared/results/inversion';
import type { PlannedStage } from '../../../../src/shared/results/runManifest';
import { createInversionGrids } from '../../../../src/shared/views/report/inversionGrid';
import { createTransferReport } from '../../../../src/shared/views/report/transferReport';
import { renderHtml } from '../../../../src/cli/report/html';
import { renderGrids } from '../../../../src/cli/report/inversionPictures';
import { createRun } from '../../../support/reportFixture';

const folder = mkdtempSync(join(os.tmpdir(), 'transferscope-pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const distances = { perceptual: 0, ssim: 0.5, psnr: 9, featureCosine: 1, featureError: 0 };

function results(places: readonly number[]): InversionResults {
  const curve = { iterations: [0], losses: [1] };
  return {
    ...{ version: INVERSION_VERSION, prior: 'deep', quick: true, iterations: 3, size: 32 },
    perceptual: { measure: 'random-lpips', trunk: 'alex' },
    images: places.map((place, i) => ({ place, name: `<${place}>`, label: '', file: `image-${i}.png` })),
    layers: ['layer1', 'layer2'].map((layer, depth) => ({ layer, depth })),
    inversions: places.flatMap((_, image) =>
      [0, 1].map((layer) => {
        const at = (iteration: number) => ({ iteration, file: `${image}-${layer}-${iteration}.png`, distances });
        return { image, layer, snapshots: [at(1), at(3)], curve };
      }),
    ),
  };
}
const stage = (pretraining: string, seed: number): PlannedStage => {
  const key = `${pretraining}${seed}`;
  return { id: key, key, kind: 'analysis', label: key, pretraining, analysis: 'inverted', seed };
};
const stages = [stage('moco', 0), stage('random', 0), stage('moco', 1)];
const grids = createInversionGrids(
  stages,
  new Map([
    ['moco0', results([5, 2])],
    ['random0', results([2, 5])],
    ['moco1', results([9])],
  ]),
);

it('a grid holds the images of the first seed, each with the last pictures of every pretraining', () => {
  expect(grids).toHaveLength(1);
  expect(grids[0]).toMatchObject({ analysis: 'inverted', seed: 0, layers: ['layer1', 'layer2'] });
  const [first] = grids[0]!.images;
  expect(first!.original).toEqual({ stage: 'moco0', file: 'image-0.png' });
  // Place 5 is the second image of the other stage.
  expect(first!.rows.map(({ pretraining, found }) => [pretraining, found.map((one) => one?.file)])).toEqual([
    ['moco', ['0-0-3.png', '0-1-3.png']],
    ['random', ['1-0-3.png', '1-1-3.png']],
  ]);
});

it('stands in the page itself, escaped, and says what a picture showed that is gone', () => {
  mkdirSync(join(folder, 'stages', 'moco0'), { recursive: true });
  writeFileSync(join(folder, 'stages', 'moco0', 'image-0.png'), 'picture');
  const { document } = parseHTML(`<html><body>${renderGrids(folder, grids).html}</body></html>`);
  const images = [...document.querySelectorAll('img')];
  expect(images).toHaveLength(2 * (1 + 4));
  const source = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`;
  expect(images[0]!.getAttribute('src')).toBe(source);
  expect(images[0]!.getAttribute('alt')).toBe('<5>');
  expect(images[1]!.getAttribute('alt')).toBe('<5> from layer1 of moco');
  expect(images[0]!.getAttribute('width')).toBe('96');
  const report = createTransferReport(createRun());
  const policyOf = (html: string) => /Content-Security-Policy" content="([^"]*)"/.exec(html)![1];
  expect(policyOf(renderHtml([report], () => renderGrids(folder, grids)))).toMatch(/; img-src data:$/);
  expect(policyOf(renderHtml([report]))).not.toContain('img');
});
