/** The Detections panel in a real browser: files read and judged in its worker, images, filters, keys, what is kept and saved. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DetectionsModel, DetectionsView } from '../../src/shared/protocol/panels/detectionsPanel';
import { figureRun, prepareRun } from '../../src/shared/views/detections/detectionsFigures';
import {
  bundleDetectionsWorker,
  dataUrl,
  detectionsModel,
  findObjects,
  makeDetectionFiles,
  type DetectionFiles,
} from '../support/detectionsFixture';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { encodeDetections } from '../../src/worker/transfer/detection/resultFiles';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { findPanelBrowser } from '../support/panelBrowser';

const none = { evidence: { reason: 'Not kept.' } };
const chromium = await findPanelBrowser('the Detections panel');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let files: DetectionFiles;
  let worker: string;
  beforeAll(async () => {
    browser = await chromium.launch();
    [files, worker] = await Promise.all([makeDetectionFiles(40, [0.8, 0.2]), bundleDetectionsWorker()]);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (
    view: Partial<DetectionsView> = {},
    changes: Partial<DetectionsModel> = {},
    options: Partial<PanelPageOptions> = {},
  ): Promise<PanelPage> => {
    shown = await openPanelPage(browser, {
      panel: 'detections',
      width: 1200,
      memory: { target: {}, view },
      ...options,
    });
    await shown.show(detectionsModel(files, worker, changes));
    return shown;
  };
  const ready = async (panel: PanelPage) => {
    await panel.page.locator('.budget-row .bar').first().waitFor();
    return panel.page;
  };
  const figures = (run: number, minScore = 0.05, iou = 0.5) =>
    figureRun(prepareRun(files.truth, files.found[run]!, 'bbox'), { minScore, iou });
  const percent = (value: number) => (100 * value).toFixed(1);
  const cell = (panel: PanelPage, row: number, column = 0) =>
    panel.page.locator('.summary tbody tr').nth(row).locator('td').nth(column);

  it('reads, judges and draws: figures, error budget, images', async () => {
    const panel = await open();
    const page = await ready(panel);
    expect(await page.locator('.count').textContent()).toBe('40 images');
    expect(await cell(panel, 0).textContent()).toBe(percent(figures(0).ap));
    expect(await page.locator('.budget-row .letter').allTextContents()).toEqual(['C', 'L', 'B', 'D', 'N', 'M']);
    expect(await page.locator('.tile').count()).toBeLessThan(20);
    // The worker's pictures: many colours, not the grey that stands for a missing one.
    const colours = () =>
      page
        .locator('.tile canvas')
        .first()
        .evaluate((node) => {
          const canvas = node as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
    await expect.poll(colours).toBeGreaterThan(1000);
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('moves its figures with the sliders', async () => {
    const panel = await open();
    const page = await ready(panel);
    await page.getByRole('slider', { name: 'Score ≥' }).fill('0.6');
    await expect.poll(() => cell(panel, 2).textContent()).toBe(percent(figures(0, 0.6).precision));
    await page.getByRole('slider', { name: 'IoU ≥' }).fill('0.75');
    await expect.poll(() => cell(panel, 0).textContent()).toBe(percent(figures(0, 0.6, 0.75).ap));
    const { view } = (await panel.memory()) as { view: DetectionsView };
    expect([view.minScore, view.iou]).toEqual([0.6, 0.75]);
  });

  it('judges where the slider stands, whatever the scores are', async () => {
    const inPercent = { ...files.found[0]!, scores: files.found[0]!.scores.map((score) => 100 * score - 20) };
    const url = dataUrl(encodeDetections(files.truth, inPercent), 'application/json');
    const { runs } = detectionsModel(files, worker);
    const panel = await open({}, { runs: [{ ...runs[0]!, url }] });
    const page = await ready(panel);
    const slider = page.getByRole('slider', { name: 'Score ≥' });
    expect(Number(await slider.inputValue())).toBeLessThan(Math.min(...inPercent.scores));
    await expect.poll(() => cell(panel, 2).textContent()).toBe(percent(figures(0, -1).precision));
  });

  it('leads from an error, a class and a confusion to their images, and back', async () => {
    const page = await ready(await open());
    await page.locator('.budget-row').nth(5).click();
    expect(await page.locator('.count').textContent()).toMatch(/^\d+ of 40 images$/);
    expect(await page.locator('.budget-row').nth(5).getAttribute('aria-pressed')).toBe('true');
    await page.getByText('Clear filters').click();
    expect(await page.locator('.count').textContent()).toBe('40 images');
    await page.getByRole('tab', { name: 'Classes' }).click();
    const counts = async () => (await page.locator('.classes tbody td:last-child').allTextContents()).map(Number);
    const heading = page.locator('.classes th').filter({ hasText: /^N$/ });
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await counts()).toEqual([...(await counts())].sort((a, b) => b - a));
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(await counts()).toEqual([...(await counts())].sort((a, b) => a - b));
    await page.getByRole('button', { name: 'Flags' }).click();
    const withFlags = Number((await page.locator('.count').textContent())!.split(' ')[0]);
    expect(withFlags).toBeGreaterThan(0);
    expect(withFlags).toBeLessThan(40);
    await page.getByText('Clear filters').click();
    await page.getByRole('tab', { name: 'Confusion' }).click();
    await page.locator('.confusion tbody button').first().click();
    expect(await page.locator('.cell-filter').textContent()).toMatch(/taken for/);
    expect(await page.locator('.count').textContent()).toMatch(/ of 40 images$/);
  });

  it('goes through images and boxes by keys alone', async () => {
    const panel = await open();
    const page = await ready(panel);
    await page.locator('.grid').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await page.locator('.large-title').textContent()).toBe('test/00003.png');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.large-title').textContent()).toBe('test/00004.png');
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    expect(await page.locator('.box-row[aria-pressed=true]').count()).toBe(1);
    expect(await page.locator('.box-details dt').first().textContent()).toBe('Ground truth');
    await page.keyboard.press('p');
    await page.keyboard.press('p');
    expect(await page.locator('.box-details dt').allTextContents()).toContain('Verdict');
    await page.keyboard.press('+');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.locator('.large').isVisible()).toBe(false);
    expect(await page.locator('.tile[aria-selected=true] .tile-name').textContent()).toBe('test/00004.png');
  });

  it('says all about a box that is clicked', async () => {
    const page = await ready(await open({ isLarge: true, image: 0 }));
    const object = files.truth.boxes.subarray(0, 4);
    const { width, height, x, y } = (await page.locator('.stage-cell').first().boundingBox())!;
    const scale = Math.min(width, height) / 128;
    const left = x + (width - 128 * scale) / 2;
    const top = y + (height - 128 * scale) / 2;
    await page.getByText('Detections', { exact: true }).click();
    await page.mouse.click(left + (object[0]! + object[2]! / 2) * scale, top + (object[1]! + object[3]! / 2) * scale);
    const terms = await page.locator('.box-details dt').allTextContents();
    expect(terms.slice(0, 2)).toEqual(['Ground truth', 'Annotation']);
    expect(await page.locator('.box-details dd').nth(1).textContent()).toBe('1');
  });

  it('compares two runs with intervals, side by side or in turn', async () => {
    const panel = await open({ other: 'random' });
    const page = await ready(panel);
    expect(await cell(panel, 0, 1).textContent()).toBe(percent(figures(1).ap));
    await page.locator('.summary .interval').waitFor({ timeout: 20_000 });
    const difference = figures(1).ap - figures(0).ap;
    expect(await cell(panel, 0, 2).textContent()).toContain(`−${percent(-difference)}`);
    expect(await page.locator('.budget-row .change:not([display=none])').count()).toBe(6);
    expect(await page.locator('.tile').first().locator('canvas').count()).toBe(2);
    await page.getByRole('combobox', { name: 'Changed' }).click();
    await page.getByRole('option', { name: 'found by A only' }).click();
    expect(await page.locator('.count').textContent()).toMatch(/^\d+ of 40 images$/);
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: 'in turn' }).click();
    await expect.poll(() => page.locator('.count').textContent()).toContain('showing random');
    expect(await page.locator('.tile').first().locator('canvas').count()).toBe(1);
  });

  it("compares Hoiem's shares with intervals", async () => {
    const page = await ready(await open({ other: 'random', method: 'hoiem' }));
    await page.locator('.budget-row .change:not([display=none])').first().waitFor({ timeout: 20_000 });
    expect(await page.locator('.budget-row .change:not([display=none])').count()).toBe(5);
    const shares = (run: number) => {
      const prepared = prepareRun(files.truth, files.found[run]!, 'bbox');
      return figureRun(prepared, { minScore: 0.05, iou: 0.5 }, { withHoiem: true }).hoiem!.shares;
    };
    const difference = shares(1).cor - shares(0).cor;
    expect(difference).toBeLessThan(0);
    const label = await page.locator('.budget-row').first().getAttribute('aria-label');
    expect(label).toContain(`B minus A −${percent(-difference)} [`);
    expect(await page.locator('.errors .note').textContent()).toMatch(
      /^Shares of the N surest .* B minus A with 95 % intervals over \d+ draws/,
    );
  });

  it('says all about a detection: both verdicts, its rank, what else was said of its place', async () => {
    const page = await ready(await open({ isLarge: true, image: 0 }));
    await page.locator('.box-row', { hasText: 'found' }).first().click();
    const terms = await page.locator('.box-details dt').allTextContents();
    expect(terms.slice(0, 5)).toEqual(['Found', 'Score', 'Besides', 'Verdict', 'Hoiem']);
    expect(await page.locator('.box-details dd').nth(4).textContent()).toMatch(
      /; rank \d+ of its class, (within|beyond) the \d+ that count$/,
    );
  });

  it('shows scores, proposals and what is most alike of a box, and leads there', async () => {
    const page = await ready(await open({ isLarge: true, image: 0 }));
    await page.locator('.box-row', { hasText: 'found' }).first().click();
    await page.locator('.alike button').first().waitFor();
    expect(await page.locator('.evidence h3').allTextContents()).toEqual([
      'Class scores',
      expect.stringMatching(/^Proposals, nearest of \d+$/),
      'Most alike elsewhere',
    ]);
    expect(await page.locator('.score-list li').count()).toBe(5);
    const ious = (await page.locator('.proposals tbody td:nth-child(3)').allTextContents()).map(Number);
    expect(ious).toEqual([...ious].sort((a, b) => b - a));
    expect(await page.locator('.alike button').count()).toBe(8);
    const colours = () =>
      page.locator('.alike canvas').evaluateAll((nodes) =>
        nodes.map((node) => {
          const canvas = node as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }),
      );
    await expect.poll(async () => Math.min(...(await colours()))).toBeGreaterThan(50);
    const first = page.locator('.alike button').first();
    const name = (await first.getAttribute('aria-label'))!.match(/, in (.*), similarity/)![1]!;
    await first.click();
    expect(await page.locator('.large-title').textContent()).toBe(name);
    expect(await page.locator('.box-row[aria-pressed=true]').count()).toBe(1);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/evidence.png` });
  });

  it('says why there is nothing more to show of a box', async () => {
    const run = { id: 'x', name: 'x', look: 0, url: dataUrl(files.detections[0]!), evidence: { reason: 'Not kept.' } };
    const page = await ready(await open({ isLarge: true, image: 0 }, { runs: [run], others: [] }));
    await page.locator('.box-row').first().click();
    await expect.poll(() => page.locator('.evidence').textContent()).toBe('Not kept.');
  });

  it('saves picture, chart and tables', async () => {
    const panel = await open({ isLarge: true, image: 1 });
    const page = await ready(panel);
    for (const name of [
      'Save the image with its boxes as PNG',
      'Save the chart as SVG',
      'Save the table of classes as CSV',
    ])
      await page.getByRole('button', { name }).click();
    const saved = (await panel.messages()).flatMap((message) =>
      message.type === 'save' ? [message.file as { name: string; content: string }] : [],
    );
    expect(saved.map(({ name }) => name)).toEqual([
      '00002-detections.png',
      'detections-errors.svg',
      'detections-classes.csv',
    ]);
    expect(Buffer.from(saved[0]!.content, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(saved[1]!.content).toContain('<svg');
    const lines = saved[2]!.content.trim().split('\n');
    expect(lines[0]).toBe('class,AP,COCO,Prec.,Recall,N');
    expect(lines).toHaveLength(10);
    expect(Number(lines[1]!.split(',')[1])).toBeCloseTo(figures(0).classes[0]!.ap, 3);
  });

  it('offers what is missing with files of others, and says what cannot be read', async () => {
    const panel = await open({}, { canAddResults: true, others: [], pictures: { kind: 'none', reason: 'No images.' } });
    const page = await ready(panel);
    await page.getByText('Choose image folder…').click();
    await page.getByText('Compare with other results…').click();
    const intents = (await panel.messages()).flatMap(({ type, intent }) => (type === 'intent' ? [intent] : []));
    expect(intents).toEqual([{ type: 'chooseImages' }, { type: 'addResults' }]);
    const broken = { id: 'x', name: 'x', look: 0, url: dataUrl(Buffer.from('[{"image_id": 1,')), ...none };
    await panel.show(detectionsModel(files, worker, { runs: [broken], others: [] }));
    await page.locator('.status.problem').waitFor();
    expect(await page.locator('.status').textContent()).toMatch(/^The results cannot be used: the file is not JSON/);
  });

  it('names every control, and clips nothing at 300 px', async () => {
    const page = await ready(await open({ other: 'random' }, {}, { width: 300 }));
    await expectAccessible(page);
    await expectFits(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(300);
  });

  it('stays smooth with 10,000 boxes in one image', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      ...{ image_id: 1, category_id: 1 + (i % 9), score: 0.06 + (i % 900) / 1000 },
      bbox: [i % 100, (i * 7) % 100, 4 + (i % 20), 4 + (i % 17)],
    }));
    const run = { id: 'many', name: 'many', look: 0, url: dataUrl(Buffer.from(JSON.stringify(rows))), ...none };
    const page = await ready(await open({ isLarge: true, image: 0 }, { runs: [run], others: [] }));
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
    process.stdout.write(`10,000 boxes in one image: median ${times[7]!.toFixed(1)} ms a frame\n`);
    expect(times).toHaveLength(15);
  });

  it('finds as many objects in the fixture as it says', () => {
    expect(findObjects(files.truth, 0.8, 0).count).toBe(files.found[0]!.count);
  });

  it('starts an attribution of the chosen detection, by the model whose it is', async () => {
    const kind = {
      kind: 'attribution',
      doc: 'What speaks for it.',
      settings: ['kind', 'of', 'data', 'split', 'images', 'target'],
    };
    const offer = { kinds: [kind], pretrainings: ['moco', 'random'], layers: [], usual: [], data: [] };
    const models = { moco: { pretraining: 'moco', seed: 2 } };
    const analysis = { offer, transfer: 'scenes', data: 'scenes', split: 'test', models };
    const panel = await open({ image: 3, isLarge: true, minScore: 0 }, { analysis });
    const page = await ready(panel);
    const rows = page.locator('.boxes [data-at]');
    const second = [...files.found[0]!.scores.keys()]
      .filter((row) => files.found[0]!.image[row] === 3)
      .sort((a, b) => files.found[0]!.scores[b]! - files.found[0]!.scores[a]!)[1]!;
    const score = files.found[0]!.scores[second]!.toFixed(2);
    await rows.filter({ hasText: score }).first().click();
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    await page.locator('.analysis-menu vscode-button', { hasText: 'Start' }).click();
    const started = (await panel.messages()).flatMap(({ intent }) => (intent ? [intent] : []));
    const target = { transfer: 'scenes', detection: 1 };
    expect(started).toContainEqual({
      type: 'startAnalysis',
      wish: {
        seed: 2,
        analysis: { kind: 'attribution', of: ['moco'], data: 'scenes', split: 'test', images: [3], target },
      },
    });
  });
});
