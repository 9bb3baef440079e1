/** Each line of docs/guide/keyboard.md, done with the keyboard alone: Tab until it is there, then the keys of the line. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noMarks } from '../../src/shared/views/compare/compareMarks';
import { makeBatch } from '../support/batchFixture';
import { compareModel, twoRuns } from '../support/compareFixture';
import { bundlePanelWorker, detectionsModel, makeDetectionFiles } from '../support/detectionsFixture';
import { embeddingModel, makeEmbeddingFiles } from '../support/embeddingFixture';
import { featuresModel, makeFeaturesFiles } from '../support/featuresFixture';
import { layersCases } from '../support/layersFixture';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage } from '../support/panelPage';
import { makeEpisodeFiles, predictionsModel, serveStages } from '../support/predictionsFixture';
import { createResultsFixture } from '../support/resultsFixture';
import { readRunPanel } from '../support/runPanelFixture';
import { trainedMethods, writeTrainingRun } from '../support/trainingFixture';
import type { StageFiles } from '../support/transferRun';
import { fixtureBackbone, weightsFixture } from '../support/weightsFixture';

const chromium = await findPanelBrowser('panels by keyboard alone');
const guide = path.resolve(import.meta.dirname, '../../docs/guide/keyboard.md');
const MOST_STOPS = 60;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  beforeAll(async () => void (browser = await chromium.launch()));
  afterAll(() => browser.close());
  afterEach(() => shown?.page.close());

  const open = async (panel: string, model: unknown, stages?: Readonly<Record<string, StageFiles>>) => {
    shown = await openPanelPage(browser, { panel, width: 1200, reducedMotion: true });
    if (stages) await serveStages(shown, stages);
    await shown.show(model);
    return shown;
  };
  /** Presses Tab until the place has the focus; then these keys. */
  const keys = async (page: Page, place: string, ...pressed: readonly string[]): Promise<void> => {
    await page.locator(place).first().waitFor();
    const isThere = () => page.evaluate((selector) => document.activeElement?.matches(selector) === true, place);
    for (let stop = 0; !(await isThere()); stop++) {
      if (stop === MOST_STOPS) throw new Error(`Tab does not lead to ${place}`);
      await page.keyboard.press('Tab');
    }
    for (const key of pressed) await page.keyboard.press(key);
  };
  const intents = async (panel: PanelPage): Promise<Record<string, unknown>[]> =>
    (await panel.messages()).flatMap(({ intent }) => (intent ? [intent as Record<string, unknown>] : []));
  const last = async (panel: PanelPage) => (await intents(panel)).at(-1);
  const view = async (panel: PanelPage) => (await panel.memory())?.view as Record<string, unknown>;

  const openRun = async () => {
    const out = mkdtempSync(path.join(tmpdir(), 'keyboard-'));
    writeTrainingRun({ out, run: 'quickstart-2', running: 2 });
    const model = await readRunPanel(out, 'quickstart-2', { stages: trainedMethods.map((id) => `${id}/seed-0`) });
    rmSync(out, { recursive: true });
    return open('run', model);
  };
  const openEmbedding = async () => {
    const files = await makeEmbeddingFiles({ images: 60, classes: 6, quality: 0.8, layers: ['layer4'] });
    const model = embeddingModel([{ pretraining: 'moco' }], await bundlePanelWorker('embedding'));
    const panel = await open('embedding', model, { 'moco-map': files });
    await expect.poll(() => panel.page.locator('.map-surface').getAttribute('data-drawn')).toContain('60');
    return panel;
  };
  const openCompare = () => open('compare', compareModel(twoRuns, { marks: noMarks }));

  const tasks: Readonly<Record<string, () => Promise<void>>> = {
    'read a curve step by step': async () => {
      const { page } = await openRun();
      await keys(page, '.card [tabindex="0"]', 'ArrowRight');
      await expect
        .poll(() => page.locator('[aria-live]').allInnerTexts())
        .toContainEqual(expect.stringMatching(/^step \d+/));
      await page.keyboard.press('Escape');
      expect(await page.locator('.reading line').count()).toBe(0);
    },
    'zoom a curve': async () => {
      const panel = await openRun();
      const from = async () => ((await last(panel))?.look as { from?: number } | undefined)?.from;
      await keys(panel.page, '.card [tabindex="0"]', '+');
      await expect.poll(from).toBeGreaterThan(0);
      await panel.page.keyboard.press('0');
      await expect.poll(from).toBeUndefined();
    },
    'open what a result is made of': async () => {
      const panel = await open('results', createResultsFixture());
      await keys(panel.page, '[role=grid] [tabindex="0"]', 'ArrowDown', 'Enter');
      expect(await last(panel)).toMatchObject({ type: 'openTransfer', pretraining: 'supervised' });
    },
    'choose a layer for all panels': async () => {
      const panel = await open('layers', layersCases.full());
      await keys(panel.page, '[role=application]', 'ArrowRight', 'End', 'Enter');
      expect(await panel.selected()).toMatchObject({ layer: 'avgpool' });
    },
    'go to a pretraining’s line in the file': async () => {
      const panel = await open('layers', layersCases.full());
      await keys(panel.page, 'table [tabindex="0"]', 'ArrowDown', 'ArrowDown', 'Home', 'Enter');
      expect(await last(panel)).toEqual({ type: 'showInExperiment', entry: 'supervised' });
    },
    'star a row, make it the baseline': async () => {
      const panel = await openCompare();
      await keys(panel.page, '[role=grid]', 'ArrowDown', 's', 'b');
      const changes = (await intents(panel)).flatMap(({ change }) => (change ? [change] : []));
      expect(changes).toMatchObject([{ type: 'row', set: { star: true } }, { type: 'baseline' }]);
    },
    'all that can be done with a row': async () => {
      const panel = await openCompare();
      await keys(panel.page, '[role=grid]', 'ArrowDown', 'Enter');
      await panel.page.getByRole('menu').waitFor();
      await panel.page.keyboard.press('n');
      await panel.page.keyboard.press('Enter');
      expect(await last(panel)).toMatchObject({ type: 'apply' });
    },
    'go through images and their boxes': async () => {
      const [files, worker] = await Promise.all([makeDetectionFiles(6, [0.8, 0.2]), bundlePanelWorker('detections')]);
      const { page } = await open('detections', detectionsModel(files, worker));
      await page.locator('.tile').first().waitFor();
      await keys(page, '.grid', 'ArrowRight', 'Enter');
      await page.locator('.stage').first().waitFor();
      await page.keyboard.press('ArrowRight');
      await expect.poll(async () => (await view(shown!)).image).toBe(2);
      await page.keyboard.press('n');
      await expect.poll(() => page.locator('.box-row[aria-pressed=true]').count()).toBe(1);
      await page.keyboard.press('Escape');
    },
    'go through episodes and their queries': async () => {
      const worker = await bundlePanelWorker('predictions');
      const files = { moco: await makeEpisodeFiles(4, 0.8), random: await makeEpisodeFiles(4, 0.2) };
      const panel = await open('predictions', predictionsModel('episodes', worker), files);
      await keys(panel.page, '.query', 'ArrowRight');
      expect(await panel.page.locator('.query[aria-selected=true]').getAttribute('data-query')).toBe('1');
      await panel.page.keyboard.press('PageDown');
      expect((await view(panel)).episodes).toMatchObject({ episode: 1 });
    },
    'see the same features in another layer': async () => {
      const worker = await bundlePanelWorker('features');
      const files = await makeFeaturesFiles('activations', 0.9, { pretraining: 'moco', places: [3, 120] });
      const panel = await open('features', featuresModel([{ kind: 'activations', pretraining: 'moco' }], worker), {
        'moco-activations': files,
      });
      await keys(panel.page, '.feature-cell', '[');
      await expect.poll(async () => (await view(panel)).layer).toBe('layer3');
    },
    'choose an image on a map': async () => {
      const panel = await openEmbedding();
      await keys(panel.page, '.map-surface', 'ArrowRight', 'Space');
      await expect.poll(() => panel.page.locator('.tabs [data-id=chosen]').textContent()).toContain('(1)');
    },
    'find an image by its name': async () => {
      const panel = await openEmbedding();
      await keys(panel.page, '.map-surface', '/');
      await panel.page.keyboard.type('image 17');
      await panel.page.keyboard.press('Enter');
      await expect.poll(async () => (await view(panel)).image).toBe(17);
    },
    'step a batch, see what an image was matched to': async () => {
      const { model, news, files } = await makeBatch({ kind: 'queue', images: 4, steps: 1 });
      const panel = await open('batch', model, { batch: files });
      await panel.tell(...news);
      const { page } = panel;
      await keys(page, 'vscode-button[title="Make the next update"]', 'Enter');
      expect(await last(panel)).toEqual({ type: 'step', count: 1 });
      await keys(page, '.grid', 'ArrowRight', 'Enter');
      await page.locator('.large-title', { hasText: 'scene-0001' }).waitFor();
      await page.keyboard.press('ArrowRight');
      await page.locator('.match-details h2', { hasText: 'Image 3 of the batch' }).waitFor();
    },
    'look at one tensor': async () => {
      const { model, news } = await weightsFixture(fixtureBackbone);
      const panel = await open('weights', model);
      await panel.tell(...news);
      await keys(panel.page, '[role=grid]', 'ArrowDown', 'ArrowDown', 'End');
      await expect.poll(() => panel.page.locator('[role=status]').textContent()).toMatch(/Shape .*float32/);
    },
  };

  it('are all there', () => {
    const rows = readFileSync(guide, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    const named = rows.slice(2).map((row) => row.split('|')[1]!.trim().replaceAll("'", '’'));
    expect(named).toEqual(Object.keys(tasks));
  });

  it.each(Object.entries(tasks))('%s', (_, work) => work());
});
