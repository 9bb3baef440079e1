/** The Embedding panel in a real browser: maps drawn from files, thumbnails, legend, lasso, keys, linked maps, files saved. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expectFits } from '../support/layout';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddingModel, EmbeddingStage, EmbeddingView } from '../../src/shared/protocol/panels/embeddingPanel';
import { bundlePanelWorker } from '../support/detectionsFixture';
import { embeddingModel, makeEmbeddingFiles, squareColour } from '../support/embeddingFixture';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { serveStages } from '../support/predictionsFixture';
import type { StageFiles } from '../support/transferRun';

const chromium = await findPanelBrowser('the Embedding panel');
const IMAGES = 300;
const CLASSES = 30;
const both = [{ pretraining: 'moco' }, { pretraining: 'supervised' }];

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let worker: string;
  const files: Record<string, StageFiles> = {};
  beforeAll(async () => {
    browser = await chromium.launch();
    worker = await bundlePanelWorker('embedding');
    const common = { images: IMAGES, classes: CLASSES };
    files['moco-map'] = await makeEmbeddingFiles({ ...common, quality: 0.8 });
    files['supervised-map'] = await makeEmbeddingFiles({ ...common, quality: 0.95, seed: 1 });
    files['many-map'] = await makeEmbeddingFiles({ ...common, images: 2000, quality: 0.9, layers: ['layer4'] });
    // 4,096 thumbnails of 64 px fill a sheet, so that these lie on two.
    files['sheets-map'] = await makeEmbeddingFiles({
      ...common,
      images: 4200,
      quality: 0.9,
      layers: ['layer4'],
      pictureSize: 64,
    });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  interface OpenOptions {
    readonly of?: readonly (Pick<EmbeddingStage, 'pretraining'> & Partial<EmbeddingStage>)[];
    readonly changes?: Partial<EmbeddingModel>;
  }
  const open = async (
    view: Partial<EmbeddingView> = {},
    { of = both, changes = {}, ...options }: Partial<PanelPageOptions> & OpenOptions = {},
  ): Promise<PanelPage> => {
    const memory = { target: {}, view: { drawn: 'points', ...view } };
    shown = await openPanelPage(browser, { panel: 'embedding', width: 1200, memory, reducedMotion: true, ...options });
    await serveStages(shown, files);
    await shown.show(embeddingModel(of, worker, changes));
    return shown;
  };
  const surface = (page: Page, i = 0): Locator => page.locator('.map-surface').nth(i);
  const drawn = (page: Page, i = 0) => surface(page, i).getAttribute('data-drawn');
  const isDrawn = (page: Page, text: string, i = 0) => expect.poll(() => drawn(page, i)).toContain(text);
  /** Pixels of the map's canvas that are not empty, by colour, and the canvas as numbers at a place. */
  const colours = (page: Page, i = 0): Promise<Record<string, number>> =>
    surface(page, i)
      .locator('canvas')
      .first()
      .evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        const counts: Record<string, number> = {};
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] !== 255) continue;
          const key = [...data.slice(at, at + 3)].join();
          counts[key] = (counts[key] ?? 0) + 1;
        }
        return counts;
      });
  const sent = async (panel: PanelPage, type: string) =>
    (await panel.messages()).flatMap((message) => {
      const intent = message.intent as { type: string } | undefined;
      return intent?.type === type ? [intent as unknown as Record<string, unknown>] : [];
    });
  const pick = async (page: Page, name: string, option: string): Promise<void> => {
    await page.getByRole('combobox', { name, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  /** Of the legend's lines, as `colours` names them. */
  const swatchColours = (page: Page): Promise<string[]> =>
    page.locator('.legend-line .swatch path').evaluateAll((paths) =>
      paths.map((path) => {
        const hex = path.getAttribute('fill')!;
        return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join();
      }),
    );
  const status = (page: Page) => page.locator('.status').textContent();

  it('draws every image as a point in the colour of its class', async () => {
    const panel = await open();
    const { page } = panel;
    await isDrawn(page, `supervised layer4 ${IMAGES} points 0 thumbnails`);
    const found = await colours(page);
    const swatches = await swatchColours(page);
    expect(swatches).toHaveLength(CLASSES);
    for (const swatch of swatches) expect(found[swatch], swatch).toBeGreaterThan(20);
    expect(await page.locator('.map-figures').textContent()).toBe(
      'trustworthiness 0.960 · purity 0.700 · of the features 0.800',
    );
    expect(await page.locator('.map-hint').textContent()).toContain('Distances between groups');
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('goes to another layer and model by the same controls, and tells other panels', async () => {
    const panel = await open();
    const { page } = panel;
    await isDrawn(page, 'supervised layer4');
    await page.getByRole('slider', { name: 'Layer' }).focus();
    await page.keyboard.press('ArrowLeft');
    await isDrawn(page, 'supervised layer3');
    await pick(page, 'Model', 'moco');
    await isDrawn(page, 'moco layer3');
    await expect.poll(() => panel.selected()).toEqual({ pretraining: 'moco', layer: 'layer3' });
    const image = { data: 'emoji', split: 'google', name: 'class-7/image 7.png' };
    await panel.select({ pretraining: 'supervised', layer: 'layer1', image });
    await isDrawn(page, 'supervised layer1');
    expect(await page.locator('.image-words h2').textContent()).toBe('class-7/image 7.png');
  });

  it('moves images to the next layer unless motion is not wanted', async () => {
    const { page } = await open({}, { reducedMotion: false });
    await isDrawn(page, 'supervised layer4');
    const saw = page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          const node = document.querySelector<HTMLElement>('.map-surface')!;
          new MutationObserver(() => node.dataset.moving === 'true' && resolve(true)).observe(node, {
            attributes: true,
          });
        }),
    );
    await page.getByRole('slider', { name: 'Layer' }).focus();
    await page.keyboard.press('Home');
    expect(await saw).toBe(true);
    await expect.poll(() => surface(page).getAttribute('data-moving')).toBe('false');
    await isDrawn(page, 'supervised layer1');
  });

  it('draws the thumbnails of the images that are left after filtering, from all sheets', async () => {
    const { page } = await open({ drawn: 'thumbnails' }, { of: [{ pretraining: 'sheets' }] });
    await expect.poll(async () => Number(/(\d+) thumbnails/.exec((await drawn(page)) ?? '')?.[1])).toBeGreaterThan(30);
    // Only class 29 is left; image 4,199 is the last of the second sheet.
    await page.locator('.map-legend').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await isDrawn(page, '140 points');
    await page.getByRole('searchbox', { name: /Find images by name/ }).fill('4199');
    await isDrawn(page, ' 1 thumbnails');
    const wanted = squareColour(4199).join();
    await expect.poll(async () => (await colours(page))[wanted] ?? 0).toBeGreaterThan(300);
    // Those of other images would have other colours.
    await page.getByRole('searchbox', { name: /Find images by name/ }).fill('image 2999.png');
    await isDrawn(page, ' 1 thumbnails');
    await expect.poll(async () => (await colours(page))[squareColour(2999).join()] ?? 0).toBeGreaterThan(300);
    expect((await colours(page))[wanted] ?? 0).toBe(0);
  });

  it('draws thumbnails by itself once it is zoomed in', async () => {
    const { page } = await open({ drawn: 'auto' }, { of: [{ pretraining: 'many' }] });
    await isDrawn(page, '2000 points 0 thumbnails');
    await surface(page).hover();
    for (let i = 0; i < 3; i++) await page.mouse.wheel(0, -300);
    await expect.poll(async () => Number(/(\d+) thumbnails/.exec((await drawn(page)) ?? '')?.[1])).toBeGreaterThan(0);
    await surface(page).dblclick({ position: { x: 5, y: 5 } });
    await isDrawn(page, '2000 points 0 thumbnails');
  });

  it('hides, shows alone and emphasises classes by mouse and by keys, and finds them', async () => {
    const { page } = await open();
    await isDrawn(page, `${IMAGES} points`);
    const swatches = await swatchColours(page);
    const line = (name: string) => page.locator(`.legend-line[data-name="${name}"]`);
    await line('class 3').click();
    await isDrawn(page, `${IMAGES - 10} points`);
    expect(await line('class 3').getAttribute('aria-selected')).toBe('false');
    await line('class 3').click();
    await line('class 4').click({ modifiers: ['Shift'] });
    await isDrawn(page, ' 10 points');
    await page.getByRole('button', { name: 'Show all of the legend' }).click();
    await page.getByRole('searchbox', { name: 'Find a class' }).fill('29');
    expect(await page.locator('.legend-line').count()).toBe(1);
    await page.locator('.map-legend').focus();
    await page.keyboard.press('e');
    await isDrawn(page, `${IMAGES} points`);
    // One class in its colour, all others in one grey.
    const seen = async () => {
      const found = await colours(page);
      return swatches.flatMap((swatch, i) => (found[swatch] === undefined ? [] : [i]));
    };
    await expect.poll(seen).toEqual([29]);
    await page.keyboard.press('Space');
    await isDrawn(page, `${IMAGES - 10} points`);
  });

  it('colours by right and wrong, with another shape for wrong ones', async () => {
    const { page } = await open({ model: 'moco', layer: 'layer1' });
    await isDrawn(page, 'moco layer1');
    await pick(page, 'Colour', 'right or wrong');
    await expect.poll(() => page.locator('.legend-line').count()).toBe(2);
    const [right, wrong] = await page.locator('.legend-line .count').allTextContents();
    expect(Number(right) + Number(wrong)).toBe(IMAGES);
    const paths = await page.locator('.legend-line path').evaluateAll((all) => all.map((one) => one.getAttribute('d')));
    expect(new Set(paths).size).toBe(2);
    await pick(page, 'Colour', 'pretraining');
    await expect.poll(() => page.locator('.legend-line .name').allTextContents()).toEqual(['moco']);
  });

  it('chooses images in a lasso and a rectangle, and says what they are and who is alike', async () => {
    const panel = await open({ hidden: [] });
    const { page } = panel;
    await isDrawn(page, `${IMAGES} points`);
    const box = (await surface(page).boundingBox())!;
    const drag = async (...corners: readonly (readonly [number, number])[]) => {
      await page.mouse.move(box.x + corners[0]![0] * box.width, box.y + corners[0]![1] * box.height);
      await page.mouse.down();
      for (const [x, y] of corners.slice(1)) await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
      await page.mouse.up();
    };
    const count = async () =>
      Number(/^(\d+) image/.exec((await page.locator('.chosen h2').first().textContent()) ?? '')?.[1]);
    await pick(page, 'Drag to', 'draw a rectangle');
    await drag([0.01, 0.01], [0.5, 0.5], [0.99, 0.99]);
    await expect.poll(count).toBe(IMAGES);
    expect(await page.locator('.chosen').getByRole('list', { name: 'Most alike' }).locator('li').count()).toBe(0);
    await pick(page, 'Drag to', 'draw a lasso');
    await drag([0.01, 0.01], [0.5, 0.01], [0.5, 0.99], [0.01, 0.99]);
    await expect.poll(count).toBeLessThan(IMAGES);
    expect(await count()).toBeGreaterThan(0);
    expect(await page.getByRole('list', { name: 'Most alike' }).locator('li').count()).toBeGreaterThan(0);
    const classes = await page.locator('.class-counts li').first().textContent();
    expect(classes).toMatch(/class \d+\d+ of 10/);
    expect(await page.locator('.chosen .tile').count()).toBeGreaterThan(0);
    await page.locator('.chosen vscode-button', { hasText: 'CSV' }).click();
    const file = (await panel.messages()).find(({ type }) => type === 'save')!.file as {
      name: string;
      content: string;
    };
    expect(file.name).toBe('why-umap-supervised-layer4.csv');
    expect(file.content.trim().split('\r\n')).toHaveLength(1 + (await count()));
    await page.locator('.chosen vscode-button', { hasText: 'Clear' }).click();
    await expect.poll(() => page.locator('.tabs [data-id=chosen]').textContent()).toContain('(0)');
  });

  it('goes from image to image with keys, chooses with Space, and leads to neighbours', async () => {
    const panel = await open();
    const { page } = panel;
    await isDrawn(page, `${IMAGES} points`);
    await surface(page).focus();
    await page.keyboard.press('Enter');
    const name = () => page.locator('.image-words h2').textContent();
    await expect.poll(name).toContain('image');
    const first = await name();
    await page.keyboard.press('ArrowRight');
    await expect.poll(name).not.toBe(first);
    expect((await panel.selected()).image?.name).toBe(await name());
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('.tabs [data-id=chosen]').textContent()).toContain('(1)');
    await page.keyboard.press('[');
    await isDrawn(page, 'supervised layer3');
    expect(await page.getByRole('list', { name: 'Nearest by features' }).locator('li').count()).toBe(8);
    const next = page.getByRole('list', { name: 'Nearest by features' }).locator('button').first();
    const wanted = await next.locator('.name').textContent();
    await next.click();
    await expect.poll(name).toBe(wanted);
    await surface(page).focus();
    const before = (await panel.memory())!.view as EmbeddingView;
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+ArrowLeft');
    const look = ((await panel.memory())!.view as EmbeddingView).look;
    expect(look.zoom).toBeCloseTo(1.5 * before.look.zoom, 6);
    expect(look.x).toBeLessThan(before.look.x);
    await page.keyboard.press('0');
    expect(((await panel.memory())!.view as EmbeddingView).look).toEqual({ zoom: 1, x: 0, y: 0 });
    await page.keyboard.press('/');
    await page.keyboard.type('image 12.png');
    await page.keyboard.press('Enter');
    await expect.poll(name).toBe('class-12/image 12.png');
  });

  it('looks at the image that is pressed, shows it under the pointer, and opens its file', async () => {
    const panel = await open({}, { of: [{ pretraining: 'moco', hasFiles: true }] });
    const { page } = panel;
    await isDrawn(page, `${IMAGES} points`);
    // The first place with a point, in px of the page.
    const spot = await surface(page)
      .locator('canvas')
      .first()
      .evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        const at = data.findIndex((value, i) => i % 4 === 3 && value === 255) >> 2;
        const { left, top } = canvas.getBoundingClientRect();
        return [left + (at % canvas.width) / devicePixelRatio, top + Math.floor(at / canvas.width) / devicePixelRatio];
      });
    await page.mouse.move(spot[0]!, spot[1]! + 2);
    await expect.poll(() => page.locator('.tip').isVisible()).toBe(true);
    const wanted = await page.locator('.tip strong').textContent();
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => page.locator('.image-words h2').textContent()).toBe(wanted);
    const place = Number(/image (\d+)/.exec(wanted!)![1]);
    expect(await page.locator('.tip .quiet').textContent()).toContain(`class ${place % CLASSES}`);
    await page.getByRole('button', { name: 'Open the image file' }).click();
    expect(await sent(panel, 'openImage')).toEqual([{ type: 'openImage', stage: 'moco-map', name: wanted }]);
    expect(await page.locator('.facts dd').last().textContent()).toBe(`${place} of emoji, google`);
    const marks = await surface(page)
      .locator('canvas')
      .nth(1)
      .evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value > 0);
      });
    expect(marks).toBe(true);
  });

  it('puts several maps side by side, turned alike, with one look and one pointer', async () => {
    const panel = await open({ beside: 'layers', maps: 4, drawn: 'points' });
    const { page } = panel;
    await isDrawn(page, 'layer4', 3);
    expect(await page.locator('.map-title').allTextContents()).toEqual(
      ['layer1', 'layer2', 'layer3', 'layer4'].map((layer) => `supervised, ${layer}`),
    );
    await surface(page, 1).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.image-words h2').textContent()).toContain('image');
    const ringed = await page.locator('.map-marks').evaluateAll((all) =>
      all.map((node) => {
        const canvas = node as HTMLCanvasElement;
        return canvas
          .getContext('2d')!
          .getImageData(0, 0, canvas.width, canvas.height)
          .data.some((value) => value > 0);
      }),
    );
    expect(ringed).toEqual([true, true, true, true]);
    await page.locator('.map-title').nth(1).click();
    await expect.poll(() => panel.selected()).toMatchObject({ layer: 'layer2' });
    expect(await page.locator('.map-title').nth(1).getAttribute('aria-pressed')).toBe('true');
    await pick(page, 'Side by side', 'models');
    await expect
      .poll(() => page.locator('.map-title').allTextContents())
      .toEqual(['moco, layer2', 'supervised, layer2']);
  });

  it('saves what is seen', async () => {
    const panel = await open({ beside: 'models' });
    const { page } = panel;
    await isDrawn(page, 'supervised', 1);
    for (const name of ['PNG', 'SVG', 'CSV']) await page.locator('.saving vscode-button', { hasText: name }).click();
    const saved = (await panel.messages()).flatMap((message) =>
      message.type === 'save' ? [message.file as { name: string; content: string }] : [],
    );
    expect(saved.map(({ name }) => name.split('.').at(-1))).toEqual(['png', 'svg', 'csv']);
    expect(Buffer.from(saved[0]!.content, 'base64').readUInt32BE(16)).toBeGreaterThan(700);
    const svg = saved[1]!.content;
    const isWell = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror') === null,
      svg,
    );
    expect(isWell).toBe(true);
    // Each circle begins with a move; the legend has one mark for each class.
    expect(svg.match(/M/g)!.length).toBeGreaterThanOrEqual(2 * IMAGES);
    expect(saved[2]!.content.trim().split('\r\n')).toHaveLength(1 + 2 * IMAGES);
  });

  it('starts another map with the method that is chosen, and shows one under way', async () => {
    const started = [
      { id: 'launch:1', title: 'map-2', state: 'running', fraction: 0.5, text: '100/200 iterations' },
    ] as const;
    const panel = await open({}, { changes: { started } });
    const { page } = panel;
    await isDrawn(page, 'points');
    await page.getByRole('button', { name: 'Cancel map-2' }).click();
    expect((await sent(panel, 'cancelAnalysis')).map(({ id }) => id)).toEqual(['launch:1']);
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    await page.locator('.analysis-menu').getByRole('combobox', { name: 'Method' }).click();
    await page.locator('.analysis-menu').getByRole('option', { name: 't-SNE' }).click();
    await page.getByRole('checkbox', { name: 'layer1' }).uncheck();
    await page.getByRole('checkbox', { name: 'moco' }).uncheck();
    await page.locator('.analysis-menu vscode-button', { hasText: 'Start' }).click();
    const analysis = {
      ...{ kind: 'embedding', of: ['supervised'], layers: ['layer2', 'layer3', 'layer4'], method: 't-sne' },
    };
    expect(await sent(panel, 'startAnalysis')).toEqual([{ type: 'startAnalysis', wish: { analysis } }]);
  });

  it('says what to do where there is nothing, what cannot be read, and what is of before', async () => {
    const panel = await open({}, { of: [] });
    await expect.poll(() => status(panel.page)).toContain('Start one with Analyse…');
    await panel.show(
      embeddingModel([{ pretraining: 'gone' }], worker, { stale: 'The experiment file has changed since.' }),
    );
    await expect.poll(() => status(panel.page)).toContain('map of gone: embedding.json cannot be read');
    expect(await panel.page.locator('.hint').textContent()).toContain('changed since');
    await panel.show(embeddingModel([...both, { pretraining: 'gone' }], worker));
    await isDrawn(panel.page, 'supervised layer4');
    await panel.page.getByRole('tab', { name: 'Analyses' }).click();
    expect(await panel.page.locator('.notes-list').textContent()).toContain('map of gone');
    await panel.fail('There is no run any more.');
    await expect.poll(() => panel.page.locator('.status.problem').textContent()).toBe('There is no run any more.');
  });

  it.each(['light', 'dark', 'high-contrast', 'high-contrast-light'] as const)(
    'names every control and fits a narrow panel in %s',
    async (theme) => {
      const { page } = await open({ image: 5 }, { width: 300, height: 900, theme });
      await isDrawn(page, `${IMAGES} points`);
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('vscode-dropdown, input, [role=listbox], [role=application], [tabindex="0"]')]
          .filter(
            (node) =>
              !node.closest('[hidden]') &&
              !(node.getAttribute('aria-label') ?? node.getAttribute('aria-labelledby')) &&
              !node.closest('label') &&
              node.textContent?.trim() === '',
          )
          .map((node) => node.outerHTML.slice(0, 80)),
      );
      expect(nameless).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(300);
      if (theme === 'light') await expectFits(page);
    },
  );
});
