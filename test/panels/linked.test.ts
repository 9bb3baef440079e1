/** One selection in several panels: each is told what another has sent, and shows it; what it lacks moves nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PanelSelection } from '../../src/shared/protocol/panels/selection';
import { compareModel, comparedRun, twoRuns } from '../support/compareFixture';
import {
  bundleDetectionsWorker,
  detectionsModel,
  makeDetectionFiles,
  type DetectionFiles,
} from '../support/detectionsFixture';
import { createLayersModelOf } from '../support/layersFixture';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage } from '../support/panelPage';
import { readRunPanel } from '../support/runPanelFixture';
import { trainedMethods, writeTrainingRun } from '../support/trainingFixture';

const chromium = await findPanelBrowser('one selection in several panels');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let out: string;
  let files: DetectionFiles;
  let worker: string;
  const opened: PanelPage[] = [];
  beforeAll(async () => {
    browser = await chromium.launch();
    out = mkdtempSync(join(tmpdir(), 'transferscope-linked-'));
    [files, worker] = await Promise.all([makeDetectionFiles(8, [0.8, 0.2]), bundleDetectionsWorker()]);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(out, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ page }) => page.close()));
  });
  const open = async (panel: string, model: unknown): Promise<PanelPage> => {
    const page = await openPanelPage(browser, { panel, width: 1200 });
    opened.push(page);
    await page.show(model);
    return page;
  };
  const detections = async (): Promise<PanelPage> => {
    const { runs, others } = detectionsModel(files, worker);
    const named = (run: (typeof runs)[number]) => ({ ...run, pretraining: run.id, seed: 0 });
    const panel = await open(
      'detections',
      detectionsModel(files, worker, {
        ...{ runs: runs.map(named), others: others.map(named) },
        ...{ transfer: 'scenes', images: { data: 'scenes', split: 'test' } },
      }),
    );
    await panel.page.locator('.budget-row .bar').first().waitFor();
    return panel;
  };
  const view = async (panel: PanelPage) => (await panel.memory())!.view as Record<string, unknown>;

  it('Detections follows image, class and pretraining, and sends its own', async () => {
    const panel = await detections();
    const { page } = panel;
    const { names } = files.truth.images;
    const category = files.truth.categories.names[1]!;
    const image = { data: 'scenes', split: 'test', name: names[5]! };
    await panel.select({ image });
    await expect.poll(() => view(panel)).toMatchObject({ image: 5 });
    await panel.select({ image, category, pretraining: 'random' });
    await expect.poll(() => view(panel)).toMatchObject({ image: 5, category, other: 'random' });
    await expect.poll(() => page.locator('.summary th[scope=col]').count()).toBe(3);
    // None of these is here: the panel stays as it is.
    const elsewhere = { ...image, data: 'other', name: names[0]! };
    await panel.select({ image: elsewhere, category: 'zeppelin', pretraining: 'gone' });
    await panel.select({ image: elsewhere, category: 'zeppelin', pretraining: 'gone', layer: 'layer4' });
    expect(await view(panel)).toMatchObject({ image: 5, category, other: 'random' });
    expect(await panel.selected()).toEqual({});
    await page.getByRole('tab', { name: 'Classes' }).click();
    await page.locator('button[data-category]').first().click();
    await expect
      .poll(async () => (await panel.selected()).category)
      .toBe(await page.locator('button[data-category]').first().innerText());
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('Layers sends a cell, to which Compare goes; Compare sends a row, which Layers marks', async () => {
    const [run] = [comparedRun(twoRuns[0]!)];
    const layers = await open('layers', createLayersModelOf({}));
    const compare = await open('compare', compareModel(twoRuns));
    const [transfer] = createLayersModelOf({}).transfers;
    const sent: PanelSelection = {
      experiment: run!.manifest.file,
      run: 'which-2',
      pretraining: 'moco',
      transfer: 'probe',
    };
    await compare.select(sent);
    await expect.poll(async () => (await view(compare)).current).toContain('which-2/moco/probe');
    await compare.page.locator('.is-current-cell').waitFor();
    // Nothing of it was chosen here.
    expect(await compare.selected()).toEqual({});
    await compare.page.getByRole('grid').press('ArrowDown');
    await expect.poll(async () => (await compare.selected()).run).toBeDefined();
    await layers.select({ pretraining: 'moco', layer: 'layer3', transfer: transfer!.id });
    await expect
      .poll(() => layers.page.locator('td[data-row=moco][data-layer=layer3]').getAttribute('aria-selected'))
      .toBe('true');
  });

  it('Run lifts out the curves and stages of a pretraining', async () => {
    writeTrainingRun({ out, run: 'quickstart-1', running: 2 });
    const ids = trainedMethods.map((id) => `${id}/seed-0`);
    const panel = await open('run', await readRunPanel(out, 'quickstart-1', { stages: ids }));
    await panel.page.locator('.curve-chart .line').first().waitFor();
    await panel.select({ pretraining: 'moco' });
    await panel.page.locator('.curve-chart .line.is-marked').first().waitFor({ state: 'attached' });
    expect(await panel.page.locator('.stages .is-marked .name').allInnerTexts()).toEqual(
      expect.arrayContaining(['moco/seed-0']),
    );
    await panel.select({});
    await expect.poll(() => panel.page.locator('.line.is-marked').count()).toBe(0);
    await panel.page.locator('.stages .name', { hasText: 'moco/seed-0' }).first().click();
    expect(await panel.selected()).toMatchObject({ run: 'quickstart-1', pretraining: 'moco' });
  });

  it('a number leads to its images and its lines, or says why not', async () => {
    const panel = await open('layers', createLayersModelOf({}));
    const { page } = panel;
    const cell = page.locator('td[data-row=moco][data-layer=layer3]');
    await cell.focus();
    await cell.press('Shift+F10');
    const items = page.getByRole('menuitem');
    await expect.poll(() => items.first().isVisible()).toBe(true);
    expect(await page.locator('.menu-label').allInnerTexts()).toEqual([
      'Show Images',
      'Show in Experiment',
      'Show in Experiment: moco',
    ]);
    expect(await items.first().getAttribute('aria-disabled')).toBe('true');
    expect(await page.locator('.menu-refusal').innerText()).toMatch(
      /keeps no images\. An analysis of the kind embedding/,
    );
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'links-menu.png') });
    await items.nth(1).click();
    const intents = (await panel.messages()).flatMap(({ intent }) => intent ?? []);
    expect(intents.at(-1)).toEqual({ type: 'showInExperiment', entry: createLayersModelOf({}).transfers[0]!.id });
    const found = await detections();
    await found.page.locator('.budget-row').first().click({ button: 'right' });
    await found.page.getByRole('menuitem', { name: 'Show Images' }).click();
    await expect.poll(async () => (await view(found)).verdict).not.toBe('');
  });
});
