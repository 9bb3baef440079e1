/**
 * From the pipeline to the screen: analyses of single images are run on shipped weights, and what their stages left is opened
 * by the Features panel's own bundle.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeaturesView } from '../../src/shared/protocol/panels/featuresPanel';
import { parseActivations } from '../../src/shared/results/activations';
import { parseAttribution } from '../../src/shared/results/attribution';
import { decodeInversion } from '../../src/shared/results/inversion';
import { parseMaximisation } from '../../src/shared/results/maximisation';
import { makeFolder } from '../pipeline/tinyWorld';
import { bundlePanelWorker } from '../support/detectionsFixture';
import { runRealFeatures, type RealFeatures, type RealRun } from '../support/featuresRun';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { themes } from '../vscode/support/themes';
import { clippedTexts } from '../vscode/support/capturePanel';
import { serveStages } from '../support/predictionsFixture';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('../pipeline/withoutThreads')).withoutThreads(original),
);

const chromium = await findPanelBrowser('the Features panel on a real run');
const small: RealFeatures = {
  ...{ images: [3, 120], layers: ['layer1', 'layer3'], pretrainings: ['moco'], trainImages: 40, scan: 64 },
  ...{ inversion: ', iterations: 6, snapshots: [1, 3, 6]', maximisation: ', channels: 2, iterations: 4, snapshots: 3' },
};

/** For the docs: what examples/weights have to show, which takes some minutes. */
const large: RealFeatures = {
  ...{ images: [3, 120, 777], layers: ['layer1', 'layer2', 'layer3', 'layer4'], pretrainings: ['supervised'] },
  ...{ inversion: ', iterations: 50', maximisation: '' },
};
const LIMIT_MS = 1_800_000;
const folderOfPictures = process.env.SCREENSHOTS;
const settings = folderOfPictures ? large : small;
const [trained = ''] = settings.pretrainings;

const pictures: readonly {
  readonly name: string;
  readonly view: Partial<FeaturesView>;
  readonly width: number;
  readonly height: number;
}[] = [
  {
    name: 'features',
    view: { show: 'grad-cam', rows: 'images', columns: 'layers', model: trained, layer: 'layer3', tab: 'channels' },
    ...{ width: 1280, height: 760 },
  },
  {
    name: 'channels',
    view: { show: 'channel', tab: 'channels', layer: 'layer3', model: trained },
    ...{ width: 1280, height: 760 },
  },
  { name: 'narrow', view: { layer: 'layer3', tab: 'distances' }, width: 300, height: 1200 },
];

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let folder: ReturnType<typeof makeFolder>;
  let real: RealRun;
  let shown: PanelPage | undefined;
  beforeAll(async () => {
    browser = await chromium.launch();
    folder = makeFolder();
    real = await runRealFeatures(folder.path, settings, await bundlePanelWorker('features'));
  }, LIMIT_MS);
  afterAll(async () => {
    await browser.close();
    folder.remove();
  });
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });

  const open = async (
    view: Partial<FeaturesView> = {},
    options: Partial<PanelPageOptions> = {},
  ): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'features', width: 1200, memory: { target: {}, view }, ...options });
    await serveStages(shown, real.files);
    await shown.show(real.model);
    return shown;
  };
  const cell = (page: Page, row: number, column: number) =>
    page
      .locator('.grid-row')
      .nth(row + 1)
      .locator('.feature-cell')
      .nth(column);
  const drawn = (page: Page, row: number, column: number) => cell(page, row, column).getAttribute('data-drawn');
  const keyOf = (kind: string, pretraining: string) =>
    real.model.stages.find((stage) => stage.kind === kind && stage.pretraining === pretraining)!.key;
  const textOf = (kind: string, pretraining: string) =>
    Buffer.from(real.files[keyOf(kind, pretraining)]![`${kind}.json`]!).toString();
  function parsed<T>(result: { readonly value: T } | { readonly problem: string }): T {
    if ('problem' in result) throw new Error(result.problem);
    return result.value;
  }
  const inversion = (id: string) => decodeInversion(textOf('inversion', id));

  /** Mean red, green and blue of what is on screen. */
  const colour = (page: Page, row: number, column: number): Promise<number[]> =>
    cell(page, row, column)
      .locator('canvas')
      .evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        const sum = [0, 0, 0];
        for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4]! += data[i]!;
        return sum.map((value) => (4 * value) / data.length);
      });
  /** Pictures in sight on which nothing has been drawn; where nothing was computed there is nothing to draw. */
  const blankPictures = (page: Page): Promise<number> =>
    page.locator('.feature-cell:not(.is-missing) canvas, canvas.example').evaluateAll((nodes) => {
      const isInSight = (node: Element): boolean => {
        const { top, bottom, left } = node.getBoundingClientRect();
        return bottom > 0 && top < innerHeight && left < innerWidth;
      };
      const isBlank = (canvas: HTMLCanvasElement): boolean => {
        if (canvas.width * canvas.height === 0) return true;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.every((value) => value === 0);
      };
      return nodes.filter((node) => isInSight(node) && isBlank(node as HTMLCanvasElement)).length;
    });
  const fileColour = async (key: string, name: string): Promise<number[]> => {
    const { channels } = await sharp(Buffer.from(real.files[key]![name]!)).removeAlpha().toColourspace('srgb').stats();
    return channels.map(({ mean }) => mean);
  };

  it('leaves a stage of each kind and pretraining, with notes of nothing wrong', async () => {
    expect(real.model.stages.map(({ kind, pretraining }) => `${kind} ${pretraining}`).sort()).toEqual(
      ['activations', 'attribution', 'inversion', 'maximisation'].flatMap((kind) =>
        [`${kind} ${trained}`, `${kind} random`].sort(),
      ),
    );
    const panel = await open({ tab: 'analyses' });
    await expect
      .poll(() => panel.page.locator('.columnheader .heading-title').allTextContents())
      .toEqual(['image', 'random', trained]);
    expect(await panel.page.locator('.notes-list').textContent()).not.toContain('cannot be read');
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('draws the very pictures that the inversion wrote, at each of its iterations', async () => {
    const { page } = await open({ layer: 'layer1' });
    const { inversions, layers } = inversion(trained);
    const own = inversions.find(({ image, layer }) => image === 1 && layers[layer]!.layer === 'layer1')!;
    for (const { iteration, file } of [...own.snapshots].reverse()) {
      await expect.poll(() => drawn(page, 1, 2)).toContain(`/${keyOf('inversion', trained)}/${file}`);
      expect(
        await page.getByRole('slider', { name: 'Iteration', exact: true }).getAttribute('aria-valuetext'),
      ).toContain(String(iteration));
      const [seen, wanted] = [await colour(page, 1, 2), await fileColour(keyOf('inversion', trained), file)];
      // The canvas is larger than the picture.
      seen.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(6));
      await page.getByRole('slider', { name: 'Iteration', exact: true }).focus();
      await page.keyboard.press('ArrowLeft');
    }
  });

  it('shows the distances of the record, and a curve for each model', async () => {
    const { page } = await open({ layer: 'layer3', measure: 'ssim' });
    await expect.poll(() => page.locator('.curve-chart .line').count()).toBe(2);
    const { inversions, layers } = inversion(trained);
    const own = inversions
      .filter(({ layer }) => layers[layer]!.layer === 'layer3')
      .map((one) => one.snapshots.at(-1)!.distances.ssim);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const result = real.records.get(`${trained}/seed-0/inversion`)!.result;
    if (result.kind !== 'analysis') throw new Error('not an analysis');
    expect(result.layers.find(({ layer }) => layer === 'layer3')!.metrics.ssim).toBeCloseTo(mean, 10);
    const row = page.locator('.distances tr', { hasText: trained });
    expect(await row.textContent()).toContain(mean.toFixed(2));
    expect(await page.locator('.distances ~ *, .note').allTextContents()).not.toEqual([]);
  });

  it('browses channels in the order of the file, with the crops that they answer to', async () => {
    const { page } = await open({ tab: 'channels', show: 'channel', layer: 'layer3', model: trained });
    const { layers } = parsed(parseActivations(textOf('activations', trained)));
    const layer = layers.find((one) => one.layer === 'layer3')!;
    const order = layer.orders.meanPeak!.filter((channel) => layer.kept.some((one) => one.channel === channel));
    await expect.poll(() => page.locator('.channel').count()).toBe(order.length);
    expect(await page.locator('.channel').first().textContent()).toContain(String(order[0]));
    await page.locator('.channel-list').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => cell(page, 0, 2).locator('.cell-caption').textContent()).toBe(`#${order[1]}`);
    await expect.poll(() => drawn(page, 0, 2)).toContain('layer3/maps');
  });

  it('draws every map over the images', async () => {
    const { page } = await open({ layer: 'layer1' });
    await expect.poll(() => drawn(page, 1, 2)).toContain('.png');
    const bare = await colour(page, 0, 0);
    const maps = [
      ['inversion error', /inversion-error|error/],
      ['answer of all channels', /layer1\/strength/],
      ['main directions as colours', /layer1\/colours/],
      ['Grad-CAM', /layer1/],
      ['occlusion', /occlusion/],
    ] as const;
    for (const [name, map] of maps) {
      await page.getByRole('combobox', { name: 'Show' }).click();
      await page.getByRole('option', { name, exact: true }).click();
      await expect.poll(() => drawn(page, 1, 2)).toMatch(map);
      await expect.poll(() => colour(page, 0, 1)).not.toEqual(bare);
    }
  });

  it('says of an attribution whom it speaks for, as the file does', async () => {
    const { page } = await open({ show: 'grad-cam', layer: 'layer3' });
    const { explanations } = parsed(parseAttribution(textOf('attribution', trained)));
    const { name } = explanations[0]!.class;
    const share = `${Math.round(100 * explanations[0]!.probability)} %`;
    await expect.poll(() => cell(page, 0, 2).locator('.cell-caption').textContent()).toContain(share);
    expect(await cell(page, 0, 2).getAttribute('aria-label')).toContain(name);
  });

  it('shows what was maximised, with its values', async () => {
    const { page } = await open({ tab: 'wishes', model: trained });
    const { wishes } = parsed(parseMaximisation(textOf('maximisation', trained)));
    await expect.poll(() => page.locator('.wishes li').count()).toBe(wishes.length);
    expect(await page.locator('.wishes').textContent()).toContain(wishes[0]!.name);
  });

  it('finds a place again by the stored features', async () => {
    const { page } = await open({ show: 'strength', layer: 'layer1' });
    await expect.poll(() => drawn(page, 1, 2)).toContain('layer1/strength');
    await cell(page, 0, 2).focus();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => page.locator('.found').textContent()).toMatch(/is found again best in .*, cosine/);
  });

  it.each(pictures)('is drawn whole in every theme: $name', async ({ name, view, width, height }) => {
    const seen = new Set<string>();
    for (const theme of themes) {
      const panel = await open(view, { theme, width, height });
      const { page } = panel;
      await expect.poll(() => drawn(page, 0, 1)).toBeTruthy();
      await expect.poll(() => drawn(page, 1, 2)).toBeTruthy();
      await expect.poll(() => blankPictures(page)).toBe(0);
      expect(await clippedTexts(page.locator('#panel'))).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      if (folderOfPictures && width > 300) {
        const palette = await sharp(picture).png({ palette: true, compressionLevel: 9 }).toBuffer();
        writeFileSync(path.join(folderOfPictures, `${name}-${theme}.png`), palette);
      }
      seen.add(picture.toString('base64'));
      await page.close();
    }
    expect(seen.size).toBe(themes.length);
  });
});
