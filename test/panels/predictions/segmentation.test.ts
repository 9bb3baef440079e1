/** Segmentations in the Predictions panel, in a real browser: label maps coloured in its worker, filters, keys, what is kept and saved. */
import { describe, expect, it } from 'vitest';
import { defaultPredictionsView, type PredictionsView } from '../../../src/shared/protocol/panels/predictionsPanel';
import { parseSegmentationIndex } from '../../../src/shared/results/segmentations';
import { classColours } from '../../../src/shared/views/classColours';
import {
  figureSegmentation,
  listConfusedPairs,
  type SegmentationRun,
} from '../../../src/shared/views/predictions/segmentationFigures';
import { findPanelBrowser } from '../../support/panelBrowser';
import { encodeLabels, predictionsModel } from '../../support/predictionsFixture';
import { cell, percent, predictionsPages, savedFiles, testNarrowPanel } from './predictionsPages';

import type { StageFiles } from '../../support/transferRun';
const chromium = await findPanelBrowser('segmentation in the Predictions panel');
const { segmentation: look } = defaultPredictionsView;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  const panels = predictionsPages(chromium, 'segmentation');
  const segmentationRun = (files: StageFiles): SegmentationRun => {
    const parsed = parseSegmentationIndex(Buffer.from(files['segmentation.json']!).toString());
    return figureSegmentation((parsed as Extract<typeof parsed, { index: unknown }>).index);
  };

  it('says what cannot be read, and goes on with what can', async () => {
    const broken = { 'segmentation.json': Buffer.from('{"version": 9}') };
    const panel = await panels.open({}, { files: { ...panels.files, moco: broken } });
    const status = panel.page.locator('.status');
    expect(await status.textContent()).toMatch(/^segmentation\.json cannot be used .*run the transfer again$/);
    const random = predictionsModel('segmentation', panels.worker).others;
    await panel.show(predictionsModel('segmentation', panels.worker, { runs: random, others: [] }));
    await panel.page.locator('.summary td').first().waitFor();
    expect(await status.isVisible()).toBe(false);
  });

  it('draws labels over pictures, and the figures of the stage', async () => {
    const panel = await panels.open();
    const { page } = panel;
    const run = segmentationRun(panels.files.moco!);
    expect(await page.locator('.count').textContent()).toBe('12 images');
    expect(await cell(page, 0).textContent()).toBe(percent(run.scores.meanIou));
    expect(await page.locator('.classes tbody tr').count()).toBe(10);
    expect(await page.locator('.tile').first().locator('canvas').count()).toBe(2);
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('gives every label of the file its class’s colour, to the pixel', async () => {
    // All labels that a byte holds, 16 × 16, without a picture.
    const labels = Uint8Array.from({ length: 256 }, (_, i) => i);
    const size = { width: 16, height: 16 };
    const classes = Array.from({ length: 255 }, (_, k) => `class ${k}`);
    const image = { name: 'all', ...size, place: { sheet: 0, x: 0, y: 0 }, confusion: [0, 0, 1] };
    const index = { version: 1, classes, pictures: 'files', images: [image] };
    const sheet = await encodeLabels(labels, size);
    const moco = {
      'segmentation.json': Buffer.from(JSON.stringify(index)),
      'truth-0.png': sheet,
      'predicted-0.png': sheet,
    };
    const { page } = await panels.open(
      { isLarge: true, image: 0, segmentation: { ...look, part: 'truth' } },
      { files: { moco }, changes: { others: [] } },
    );
    const read = (): Promise<number[][]> =>
      page
        .locator('.stage-cell canvas')
        .first()
        .evaluate((node) => {
          const canvas = node as HTMLCanvasElement;
          const side = Math.min(canvas.width, canvas.height);
          const [left, top] = [(canvas.width - side) / 2, (canvas.height - side) / 2];
          const context = canvas.getContext('2d')!;
          return Array.from({ length: 256 }, (_, i) => {
            const x = left + (((i % 16) + 0.5) * side) / 16;
            const y = top + ((Math.floor(i / 16) + 0.5) * side) / 16;
            return [...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data];
          });
        });
    const expected = [...classColours(classes).map((colour) => [...colour, 255]), [0, 0, 0, 0]];
    await expect.poll(read).toEqual(expected);
  });

  it('leads from a confusion to its images, most pixels first', async () => {
    const panel = await panels.open({ segmentation: { ...look, tab: 'confusion' } });
    const { page } = panel;
    const run = segmentationRun(panels.files.moco!);
    const [worst] = listConfusedPairs([run]);
    await page.locator('.confusion tbody button').first().click();
    const { classes, images } = run.index;
    const text = `${classes[worst!.truth]} taken for ${classes[worst!.predicted]}`;
    expect(await page.locator('.cell-filter').textContent()).toBe(text);
    const pixels = images.map(({ confusion }) => {
      for (let i = 0; i < confusion.length; i += 3)
        if (confusion[i] === worst!.truth && confusion[i + 1] === worst!.predicted) return confusion[i + 2]!;
      return 0;
    });
    const most = pixels.indexOf(Math.max(...pixels));
    expect(await page.locator('.tile[aria-posinset="1"] .tile-name').textContent()).toBe(images[most]!.name);
    const some = pixels.filter((count) => count > 0).length;
    expect(await page.locator('.count').textContent()).toContain(some === 12 ? '12 images' : `${some} of 12 images`);
    const { view } = (await panel.memory()) as { view: PredictionsView };
    expect(view.segmentation.part).toBe('difference');
    await page.getByText('Clear filters').click();
    expect(await page.locator('.cell-filter').isVisible()).toBe(false);
    // The same by keys, in the matrix.
    await page.locator('.confusion-matrix').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.note[aria-live]').textContent()).toMatch(/^background taken for Activities: /);
    await page.keyboard.press('Enter');
    expect(await page.locator('.cell-filter').textContent()).toBe('background taken for Activities');
  });

  it('switches classes off and on, alone with Shift, and keeps that', async () => {
    const panel = await panels.open();
    const hidden = async () => ((await panel.memory()) as { view: PredictionsView }).view.segmentation.hidden;
    await panel.page.getByRole('button', { name: 'Flags is drawn' }).click();
    expect(await hidden()).toEqual(['Flags']);
    await panel.page.getByRole('button', { name: 'Flags is hidden' }).click();
    expect(await hidden()).toEqual([]);
    await panel.page.getByRole('button', { name: 'Flags is drawn' }).click({ modifiers: ['Shift'] });
    expect(await hidden()).toHaveLength(9);
  });

  it('reads the labels under the pointer, goes through images by keys', async () => {
    const { page } = await panels.open({
      isLarge: true,
      image: 0,
      segmentation: { ...look, part: 'truth' },
    });
    const { x, y, width, height } = (await page.locator('.stage-cell').first().boundingBox())!;
    const reading = page.locator('.pixel-reading');
    await expect
      .poll(async () => {
        await page.mouse.move(x + width / 2 + 1, y + height / 2);
        await page.mouse.move(x + width / 2, y + height / 2);
        return reading.textContent();
      })
      .toMatch(/^\d+, \d+: .+, predicted .+/);
    await page.locator('.stage').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.large-title').textContent()).toBe('test/00002.png');
    await page.keyboard.press('+');
    await page.keyboard.press('Escape');
    expect(await page.locator('.large').isVisible()).toBe(false);
  });

  it('compares two pretrainings', async () => {
    const { page } = await panels.open({ other: 'random' });
    const runs = [panels.files.moco!, panels.files.random!].map(segmentationRun);
    expect(await cell(page, 0, 1).textContent()).toBe(percent(runs[1]!.scores.meanIou));
    const difference = runs[1]!.scores.meanIou - runs[0]!.scores.meanIou;
    expect(await cell(page, 0, 2).textContent()).toBe(`−${percent(-difference)}`);
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: 'in turn' }).click();
    await expect.poll(() => page.locator('.count').textContent()).toContain('showing B: random');
  });

  it('saves picture, matrix and tables', async () => {
    const view = { isLarge: true, image: 1, segmentation: { ...look, tab: 'confusion' as const } };
    const panel = await panels.open(view);
    for (const name of [
      'Save the image with its labels as PNG',
      'Save the matrix as SVG',
      'Save the table of classes as CSV',
      'Save the confusion matrix as CSV, in pixels',
      'Save the list of the images shown as CSV',
    ])
      await panel.page.getByRole('button', { name }).click();
    const saved = await savedFiles(panel);
    expect(saved.map(({ name }) => name)).toEqual([
      ...['00002-labels.png', 'confusion.svg', 'segmentation-classes.csv', 'segmentation-confusion.csv'],
      'segmentation-images.csv',
    ]);
    const run = segmentationRun(panels.files.moco!);
    const line = saved[2]!.content.split('\r\n')[1]!.split(',');
    expect([line[0], Number(line[1])]).toEqual(['background', run.scores.iou[0]]);
    expect(Number(saved[3]!.content.split('\r\n')[1]!.split(',')[1])).toBe(run.confusion[0]);
  });

  it('stays smooth with label maps of 2048 × 1024', async () => {
    const size = { width: 2048, height: 1024 };
    const labels = Uint8Array.from({ length: size.width * size.height }, (_, i) => (i >> 7) % 19);
    const sheet = await encodeLabels(labels, size);
    const classes = Array.from({ length: 19 }, (_, k) => `class ${k}`);
    const images = [0, 1].map((n) => ({
      name: `${n}`,
      ...size,
      place: { sheet: n, x: 0, y: 0 },
      confusion: [0, 0, 1],
    }));
    const index = { version: 1, classes, pictures: 'files', images };
    const moco = Object.fromEntries([
      ['segmentation.json', Buffer.from(JSON.stringify(index))],
      ...['truth-0.png', 'truth-1.png', 'predicted-0.png', 'predicted-1.png'].map((name) => [name, sheet]),
    ]) as StageFiles;
    const { page } = await panels.open({ isLarge: true, image: 0 }, { files: { moco }, changes: { others: [] } });
    const isDrawn = () =>
      page
        .locator('.stage-cell canvas')
        .first()
        .evaluate((node) => {
          const canvas = node as HTMLCanvasElement;
          return canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3]! > 0;
        });
    await expect.poll(isDrawn, { timeout: 20_000 }).toBe(true);
    const times = await page.evaluate(async () => {
      const stage = document.querySelector<HTMLElement>('.stage')!;
      const all: number[] = [];
      for (let i = 0; i < 15; i++) {
        const start = performance.now();
        stage.dispatchEvent(new WheelEvent('wheel', { deltaY: -30, clientX: 200, clientY: 500, cancelable: true }));
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        all.push(performance.now() - start);
      }
      return all.sort((a, b) => a - b);
    });
    process.stdout.write(`label maps of 2048 × 1024: median ${times[7]!.toFixed(1)} ms a frame\n`);
    expect(await isDrawn()).toBe(true);
  });

  testNarrowPanel(panels, 'segmentation');
});
