/** Landmarks in the Predictions panel, in a real browser: errors, order, keys, tables. */
import { describe, expect, it } from 'vitest';
import { defaultPredictionsView } from '../../../src/shared/protocol/panels/predictionsPanel';
import type { LandmarkFile } from '../../../src/shared/results/landmarks';
import { figureLandmarks } from '../../../src/shared/views/predictions/landmarkFigures';
import { findPanelBrowser } from '../../support/panelBrowser';
import { cell, percent, predictionsPages, savedFiles, testNarrowPanel } from './predictionsPages';

import type { StageFiles } from '../../support/transferRun';
const chromium = await findPanelBrowser('landmarks in the Predictions panel');
const { landmarks: points } = defaultPredictionsView;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  const panels = predictionsPages(chromium, 'landmarks');

  const landmarkRun = (files: StageFiles, layer = '') =>
    figureLandmarks(JSON.parse(Buffer.from(files['landmarks.json']!).toString()) as LandmarkFile, layer);

  it('draws errors, and moves its figures with threshold and layer', async () => {
    const panel = await panels.open();
    const { page } = panel;
    const errors = (layer: string) => landmarkRun(panels.files.moco!, layer).errors.perExample;
    const mean = (values: Float64Array) => {
      const known = [...values].filter((value) => !Number.isNaN(value));
      return known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    expect(await cell(page, 0).textContent()).toBe(percent(mean(errors(''))));
    await page.getByRole('slider', { name: 'Failed above' }).fill('30');
    // 30 of 100 parts of twice the transfer's 0.1.
    const failed = (limit: number) => [...errors('')].filter((error) => error > limit).length / 11;
    await expect.poll(() => cell(page, 2).textContent()).toBe(percent(failed(0.06)));
    await page.getByRole('combobox', { name: 'Layer' }).click();
    await page.getByRole('option', { name: 'layer3' }).click();
    await expect.poll(() => cell(page, 0).textContent()).toBe(percent(mean(errors('layer3'))));
  });

  it('orders by error, of all landmarks or of one', async () => {
    const { page } = await panels.open({ sort: 'errors', landmarks: { ...points, tab: 'landmarks' } });
    const run = landmarkRun(panels.files.moco!);
    const names = run.file.examples.map(({ name }) => name);
    const worst = (values: ArrayLike<number>) => {
      const all = Array.from(values, (value) => (Number.isNaN(value) ? -1 : value));
      return names[all.indexOf(Math.max(...all))]!;
    };
    expect(await page.locator('.tile[aria-posinset="1"] .tile-name').textContent()).toBe(worst(run.errors.perExample));
    await page.locator('.budget-row').nth(2).click();
    expect(await page.locator('.budget-row').nth(2).getAttribute('aria-pressed')).toBe('true');
    const noses = run.pointErrors.filter((_, i) => i % 5 === 2);
    expect(await page.locator('.tile[aria-posinset="1"] .tile-name').textContent()).toBe(worst(noses));
  });

  it('goes through examples and landmarks by keys; a click chooses the nearest', async () => {
    const { page } = await panels.open({ isLarge: true, image: 0 });
    await page.locator('.stage').focus();
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    expect(await page.locator('.image-points .is-chosen th').innerText()).toBe('right eye');
    await page.keyboard.press('Escape');
    expect(await page.locator('.image-points .is-chosen').count()).toBe(0);
    const { x, y, width, height } = (await page.locator('.stage-cell').first().boundingBox())!;
    const side = Math.min(width, height);
    const [left, top] = landmarkRun(panels.files.moco!).file.examples[0]!.points[2]!;
    await page.mouse.click(
      x + (width - side) / 2 + ((left + 0.5) * side) / 128,
      y + (height - side) / 2 + ((top + 0.5) * side) / 128,
    );
    expect(await page.locator('.image-points .is-chosen th').innerText()).toBe('nose');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.large-title').textContent()).toBe('test/00002.png');
  });

  it('compares two pretrainings and saves tables', async () => {
    const panel = await panels.open({ other: 'random', isLarge: true, image: 0 });
    const { page } = panel;
    expect(await page.locator('.summary thead th').count()).toBe(3);
    expect(await page.locator('.stage-cell:visible').count()).toBe(2);
    for (const name of [
      'Save the image with its landmarks as PNG',
      'Save the chart as SVG',
      'Save the errors of each landmark as CSV',
      'Save the errors of the images shown as CSV',
    ])
      await page.getByRole('button', { name }).click();
    const saved = await savedFiles(panel);
    expect(saved.map(({ name }) => name)).toEqual([
      ...['00001-landmarks.png', 'landmarks.svg', 'landmarks.csv', 'landmark-images.csv'],
    ]);
    const [, nose] = [...saved[2]!.content.split('\r\n')[3]!.split(',')];
    expect(Number(nose)).toBe(landmarkRun(panels.files.moco!).errors.perLandmark[2]);
    expect(saved[3]!.content.trim().split('\r\n')).toHaveLength(13);
  });

  testNarrowPanel(panels, 'landmarks');
});
