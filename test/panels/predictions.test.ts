/** The Predictions panel in a real browser: files read, label maps coloured in its worker, filters, keys, what is kept and saved. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  defaultPredictionsView,
  type PredictionsKind,
  type PredictionsModel,
  type PredictionsView,
} from '../../src/shared/protocol/panels/predictionsPanel';
import { decodeEpisodes } from '../../src/shared/results/episodes';
import type { LandmarkFile } from '../../src/shared/results/landmarks';
import { parseSegmentationIndex } from '../../src/shared/results/segmentations';
import { classColours } from '../../src/shared/views/classColours';
import { figureLandmarks } from '../../src/shared/views/predictions/landmarkFigures';
import {
  figureSegmentation,
  listConfusedPairs,
  type SegmentationRun,
} from '../../src/shared/views/predictions/segmentationFigures';
import { bundlePanelWorker } from '../support/detectionsFixture';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import {
  encodeLabels,
  makeEpisodeFiles,
  makeLandmarkFiles,
  makeSegmentationFiles,
  predictionsModel,
  serveStages,
} from '../support/predictionsFixture';
import type { StageFiles } from '../support/transferRun';

const chromium = await findPanelBrowser('the Predictions panel');
const { segmentation: look, landmarks: points, episodes: steps } = defaultPredictionsView;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let worker: string;
  let stages: Readonly<Record<PredictionsKind, Readonly<Record<string, StageFiles>>>>;
  beforeAll(async () => {
    browser = await chromium.launch();
    worker = await bundlePanelWorker('predictions');
    const both = async (make: (count: number, quality: number) => Promise<StageFiles>) => ({
      moco: await make(12, 0.8),
      random: await make(12, 0.2),
    });
    stages = {
      segmentation: await both(makeSegmentationFiles),
      landmarks: await both(makeLandmarkFiles),
      episodes: await both(makeEpisodeFiles),
    };
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (
    kind: PredictionsKind,
    view: Partial<PredictionsView> = {},
    {
      files,
      changes,
      ...options
    }: Partial<PanelPageOptions> & {
      files?: Readonly<Record<string, StageFiles>>;
      changes?: Partial<PredictionsModel>;
    } = {},
  ): Promise<PanelPage> => {
    shown = await openPanelPage(browser, {
      panel: 'predictions',
      width: 1200,
      memory: { target: {}, view },
      ...options,
    });
    await serveStages(shown, files ?? stages[kind]);
    await shown.show(predictionsModel(kind, worker, changes));
    await shown.page.locator('.summary td, .status.problem').first().waitFor();
    return shown;
  };
  const cell = (page: Page, row: number, column = 0) =>
    page.locator('.summary tbody tr').nth(row).locator('td').nth(column);
  const percent = (value: number) => (100 * value).toFixed(1);
  const savedFiles = async (panel: PanelPage) =>
    (await panel.messages()).flatMap((message) =>
      message.type === 'save' ? [message.file as { name: string; content: string }] : [],
    );
  const segmentationRun = (files: StageFiles): SegmentationRun => {
    const parsed = parseSegmentationIndex(Buffer.from(files['segmentation.json']!).toString());
    return figureSegmentation((parsed as Extract<typeof parsed, { index: unknown }>).index);
  };

  describe('of a segmentation', () => {
    it('draws labels over pictures, and the figures of the stage', async () => {
      const panel = await open('segmentation');
      const { page } = panel;
      const run = segmentationRun(stages.segmentation.moco!);
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
      const { page } = await open(
        'segmentation',
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
      const panel = await open('segmentation', { segmentation: { ...look, tab: 'confusion' } });
      const { page } = panel;
      const run = segmentationRun(stages.segmentation.moco!);
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
      const panel = await open('segmentation');
      const hidden = async () => ((await panel.memory()) as { view: PredictionsView }).view.segmentation.hidden;
      await panel.page.getByRole('button', { name: 'Flags is drawn' }).click();
      expect(await hidden()).toEqual(['Flags']);
      await panel.page.getByRole('button', { name: 'Flags is hidden' }).click();
      expect(await hidden()).toEqual([]);
      await panel.page.getByRole('button', { name: 'Flags is drawn' }).click({ modifiers: ['Shift'] });
      expect(await hidden()).toHaveLength(9);
    });

    it('reads the labels under the pointer, goes through images by keys', async () => {
      const { page } = await open('segmentation', {
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
      const { page } = await open('segmentation', { other: 'random' });
      const runs = [stages.segmentation.moco!, stages.segmentation.random!].map(segmentationRun);
      expect(await cell(page, 0, 1).textContent()).toBe(percent(runs[1]!.scores.meanIou));
      const difference = runs[1]!.scores.meanIou - runs[0]!.scores.meanIou;
      expect(await cell(page, 0, 2).textContent()).toBe(`−${percent(-difference)}`);
      await page.getByRole('combobox', { name: 'Show' }).click();
      await page.getByRole('option', { name: 'in turn' }).click();
      await expect.poll(() => page.locator('.count').textContent()).toContain('showing B: random');
    });

    it('saves picture, matrix and tables', async () => {
      const view = { isLarge: true, image: 1, segmentation: { ...look, tab: 'confusion' as const } };
      const panel = await open('segmentation', view);
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
      const run = segmentationRun(stages.segmentation.moco!);
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
      const { page } = await open(
        'segmentation',
        { isLarge: true, image: 0 },
        { files: { moco }, changes: { others: [] } },
      );
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
      if (process.env.TIMES) console.log(`median ${times[7]!.toFixed(1)} ms a frame`);
      expect(times[7]!).toBeLessThan(250);
    });
  });

  describe('of landmarks', () => {
    const landmarkRun = (files: StageFiles, layer = '') =>
      figureLandmarks(JSON.parse(Buffer.from(files['landmarks.json']!).toString()) as LandmarkFile, layer);

    it('draws errors, and moves its figures with threshold and layer', async () => {
      const panel = await open('landmarks');
      const { page } = panel;
      const errors = (layer: string) => landmarkRun(stages.landmarks.moco!, layer).errors.perExample;
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
      const { page } = await open('landmarks', { sort: 'errors', landmarks: { ...points, tab: 'landmarks' } });
      const run = landmarkRun(stages.landmarks.moco!);
      const names = run.file.examples.map(({ name }) => name);
      const worst = (values: ArrayLike<number>) => {
        const all = Array.from(values, (value) => (Number.isNaN(value) ? -1 : value));
        return names[all.indexOf(Math.max(...all))]!;
      };
      expect(await page.locator('.tile[aria-posinset="1"] .tile-name').textContent()).toBe(
        worst(run.errors.perExample),
      );
      await page.locator('.budget-row').nth(2).click();
      expect(await page.locator('.budget-row').nth(2).getAttribute('aria-pressed')).toBe('true');
      const noses = run.pointErrors.filter((_, i) => i % 5 === 2);
      expect(await page.locator('.tile[aria-posinset="1"] .tile-name').textContent()).toBe(worst(noses));
    });

    it('goes through examples and landmarks by keys; a click chooses the nearest', async () => {
      const { page } = await open('landmarks', { isLarge: true, image: 0 });
      await page.locator('.stage').focus();
      await page.keyboard.press('n');
      await page.keyboard.press('n');
      expect(await page.locator('.image-points .is-chosen th').innerText()).toBe('right eye');
      await page.keyboard.press('Escape');
      expect(await page.locator('.image-points .is-chosen').count()).toBe(0);
      const { x, y, width, height } = (await page.locator('.stage-cell').first().boundingBox())!;
      const side = Math.min(width, height);
      const [left, top] = landmarkRun(stages.landmarks.moco!).file.examples[0]!.points[2]!;
      await page.mouse.click(
        x + (width - side) / 2 + ((left + 0.5) * side) / 128,
        y + (height - side) / 2 + ((top + 0.5) * side) / 128,
      );
      expect(await page.locator('.image-points .is-chosen th').innerText()).toBe('nose');
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('.large-title').textContent()).toBe('test/00002.png');
    });

    it('compares two pretrainings and saves tables', async () => {
      const panel = await open('landmarks', { other: 'random', isLarge: true, image: 0 });
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
      expect(Number(nose)).toBe(landmarkRun(stages.landmarks.moco!).errors.perLandmark[2]);
      expect(saved[3]!.content.trim().split('\r\n')).toHaveLength(13);
    });
  });

  describe('of few-shot episodes', () => {
    const results = () => {
      const { 'episodes.json': json, 'episodes.safetensors': arrays } = stages.episodes.moco!;
      return decodeEpisodes(json!, arrays!);
    };

    it('shows supports and queries with what they were taken for', async () => {
      const { page } = await open('episodes');
      const { layers, index } = results();
      const own = layers[1]!.predictions.subarray(0, 18);
      const right = [...own].filter((way, i) => way === Math.floor(i / 6)).length;
      expect(await page.locator('.query').count()).toBe(18);
      expect(await page.locator('.support').count()).toBe(6);
      expect(await page.locator('.query.is-wrong').count()).toBe(18 - right);
      expect(await page.locator('.episode-class h2').first().innerText()).toContain(index.classes[0]);
      await page.getByText('Only wrong ones').click();
      expect(await page.locator('.query').count()).toBe(18 - right);
    });

    it('steps through episodes in any order, and through queries by keys', async () => {
      const panel = await open('episodes', { episodes: { ...steps, order: 'worst', episode: 0 } });
      const { page } = panel;
      await page.locator('.query').first().focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('.query[aria-selected=true]').getAttribute('data-query')).toBe('1');
      expect(await page.locator('.neighbours li').count()).toBe(5);
      expect(await page.locator('.query-details td.number').count()).toBe(3);
      await page.getByRole('button', { name: 'Next episode' }).click();
      const { view } = (await panel.memory()) as { view: PredictionsView };
      const accuracy = [...results().layers[1]!.accuracy];
      const order = accuracy.map((_, i) => i).sort((a, b) => accuracy[a]! - accuracy[b]! || a - b);
      expect(view.episodes.episode).toBe(order[Math.min(11, order.indexOf(0) + 1)]);
      expect(await page.locator('.query[aria-selected=true]').count()).toBe(0);
    });

    it('tells the mean over episodes with its interval by layer, and follows the chosen one', async () => {
      const { page } = await open('episodes');
      expect(await cell(page, 1).textContent()).toMatch(/^\d+\.\d ± \d+\.\d$/);
      await page.locator('[data-layer=layer3]').click();
      expect(await page.locator('.chart-heading').textContent()).toBe('Accuracy over episodes, layer3');
      const bars = await page
        .locator('.count-bar')
        .evaluateAll((nodes) => nodes.map((bar) => bar.getAttribute('height')));
      expect(bars.filter((height) => Number(height) > 0).length).toBeGreaterThan(1);
    });

    it('saves chart and tables', async () => {
      const panel = await open('episodes');
      for (const name of [
        'Save the chart as SVG',
        'Save the accuracy of every episode as CSV',
        'Save the queries of this episode as CSV',
      ])
        await panel.page.getByRole('button', { name }).click();
      const [chart, episodes, queries] = await savedFiles(panel);
      expect(chart!.content).toContain('<svg');
      expect(episodes!.content.trim().split('\r\n')).toHaveLength(13);
      expect(Number(episodes!.content.split('\r\n')[1]!.split(',')[2])).toBe(results().layers[1]!.accuracy[0]);
      expect(queries!.content.trim().split('\r\n')).toHaveLength(19);
    });
  });

  it('says what cannot be read, and goes on with what can', async () => {
    const broken = { 'segmentation.json': Buffer.from('{"version": 9}') };
    const panel = await open('segmentation', {}, { files: { ...stages.segmentation, moco: broken } });
    const status = panel.page.locator('.status');
    expect(await status.textContent()).toMatch(/^segmentation\.json cannot be used .*run the transfer again$/);
    const random = predictionsModel('segmentation', worker).others;
    await panel.show(predictionsModel('segmentation', worker, { runs: random, others: [] }));
    await panel.page.locator('.summary td').first().waitFor();
    expect(await status.isVisible()).toBe(false);
  });

  it.each(['segmentation', 'landmarks', 'episodes'] as const)(
    'names every control of %s, and clips nothing at 300 px',
    async (kind) => {
      const long = 'a pretraining with a name that is far longer than any panel is wide, seed 0';
      const changes = {
        title: `${long}: ${long.replaceAll(' ', '-')}`,
        others: [{ ...predictionsModel(kind, worker).others[0]!, name: long }],
      };
      const view = { other: 'random', segmentation: { ...look, tab: 'confusion' as const } };
      const { page } = await open(kind, view, { width: 300, changes });
      const unnamed = await page
        .locator('button, input, vscode-dropdown, vscode-button, [role=button], [role=option], [tabindex="0"]')
        .evaluateAll((nodes) =>
          nodes
            .filter(
              (node) =>
                !node.closest('[hidden]') &&
                // The inside of a toolkit control is named by its content, which is outside its shadow.
                !(node.getRootNode() instanceof ShadowRoot) &&
                !(node.ariaLabel ?? node.getAttribute('aria-label')) &&
                !node.textContent?.trim(),
            )
            .map(({ outerHTML }) => outerHTML.slice(0, 120)),
        );
      expect(unnamed).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(300);
    },
  );
});
