/** The Features panel in a real browser: files read and coloured in its worker, sliders, keys, matches, analyses started, files saved. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FeaturesKind, FeaturesModel, FeaturesView } from '../../src/shared/protocol/panels/featuresPanel';
import { bundlePanelWorker } from '../support/detectionsFixture';
import { featuresModel, makeFeaturesFiles } from '../support/featuresFixture';
import { findPanelBrowser } from '../support/panelBrowser';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { serveStages } from '../support/predictionsFixture';
import type { StageFiles } from '../support/transferRun';

const chromium = await findPanelBrowser('the Features panel');
const kinds: readonly FeaturesKind[] = ['inversion', 'activations', 'attribution', 'maximisation'];
const qualities: Readonly<Record<string, number>> = { moco: 0.9, random: 0.1 };
const places = [3, 120, 777];

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let worker: string;
  const files: Record<string, StageFiles> = {};
  const stages = Object.keys(qualities).flatMap((pretraining) => kinds.map((kind) => ({ kind, pretraining })));
  beforeAll(async () => {
    browser = await chromium.launch();
    worker = await bundlePanelWorker('features');
    for (const { kind, pretraining } of stages)
      files[`${pretraining}-${kind}`] = await makeFeaturesFiles(kind, qualities[pretraining]!, { pretraining, places });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (
    view: Partial<FeaturesView> = {},
    { of = stages, changes = {}, ...options }: Partial<PanelPageOptions> & OpenOptions = {},
  ): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'features', width: 1200, memory: { target: {}, view }, ...options });
    await serveStages(shown, files);
    await shown.show(featuresModel(of, worker, changes));
    return shown;
  };
  interface OpenOptions {
    readonly of?: readonly { readonly kind: FeaturesKind; readonly pretraining: string }[];
    readonly changes?: Partial<FeaturesModel>;
  }
  const cell = (page: Page, row: number, column: number) =>
    page
      .locator('.grid-row')
      .nth(row + 1)
      .locator('.feature-cell')
      .nth(column);
  const drawn = (page: Page, row: number, column: number) => cell(page, row, column).getAttribute('data-drawn');
  /** Mean red, green and blue of the canvas. */
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
  const slide = async (page: Page, name: string, key: string, times = 1): Promise<void> => {
    await page.getByRole('slider', { name, exact: true }).focus();
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };
  const sent = async (panel: PanelPage, type: string) =>
    (await panel.messages()).flatMap((message) => {
      const intent = message.intent as { type: string } | undefined;
      return intent?.type === type ? [intent as unknown as Record<string, unknown>] : [];
    });

  it('shows images beside what was found of them, by model', async () => {
    const panel = await open();
    const { page } = panel;
    await expect.poll(() => drawn(page, 0, 1)).toContain('moco-inversion/inversion-0-layer4-3000.png');
    expect(await page.locator('.columnheader .heading-title').allTextContents()).toEqual(['image', 'moco', 'random']);
    expect(await page.locator('.rowheader').count()).toBe(3);
    expect(await cell(page, 0, 1).getAttribute('aria-label')).toMatch(
      /by moco at layer4: inversion after 3,000 updates/,
    );
    // The better model keeps more of the image's colours than the blur of the other.
    const [image, moco, random] = await Promise.all([0, 1, 2].map((column) => colour(page, 1, column)));
    expect(image).not.toEqual(moco);
    expect(moco).not.toEqual(random);
    expect((await panel.messages()).filter(({ type }) => type === 'crashed')).toEqual([]);
  });

  it('moves all pictures, curves and distances with one slider', async () => {
    const { page } = await open();
    await expect.poll(() => drawn(page, 0, 1)).toContain('-3000.png');
    const before = await page.locator('.distances .is-chosen').nth(1).textContent();
    await slide(page, 'Iteration', 'ArrowLeft', 2);
    await expect.poll(() => drawn(page, 2, 2)).toContain('random-inversion/inversion-2-layer4-300.png');
    expect(await page.locator('.distances .is-chosen').nth(1).textContent()).not.toBe(before);
    expect(await page.locator('.plot').getAttribute('aria-valuenow')).toBe('300');
    await slide(page, 'Layer', 'Home');
    await expect.poll(() => drawn(page, 2, 2)).toContain('inversion-2-layer1-300.png');
    expect(await page.locator('h2').textContent()).toContain('perceptual distance at layer1');
    expect(await page.locator('.curve-chart .line').count()).toBe(2);
  });

  it('turns rows and columns, and chooses what is fixed', async () => {
    const { page } = await open({ rows: 'layers', columns: 'images', model: 'random' });
    await expect.poll(() => drawn(page, 1, 0)).toContain('random-inversion/inversion-0-layer1');
    const rows = await page.locator('.rowheader .heading-title').allTextContents();
    expect(rows).toEqual(['image', 'layer1', 'layer2', 'layer3', 'layer4']);
    await page.getByRole('combobox', { name: 'Rows' }).click();
    await page.getByRole('option', { name: 'models' }).click();
    await expect.poll(() => page.locator('.rowheader').count()).toBe(3);
    expect(await page.getByRole('slider', { name: 'Layer', exact: true }).isVisible()).toBe(true);
  });

  it('draws maps by the worker, with the colours of the values', async () => {
    const { page } = await open({ show: 'colours', layer: 'layer1', opacity: 1 });
    await expect.poll(() => drawn(page, 0, 1)).toContain('layer1/colours');
    const [image, map] = await Promise.all([colour(page, 0, 0), colour(page, 0, 1)]);
    // The map's colours are means of the image's.
    image.forEach((value, i) => expect(map[i]).toBeGreaterThan(value - 12));
    image.forEach((value, i) => expect(map[i]).toBeLessThan(value + 12));
  });

  it('browses channels: the chosen one is shown in all pictures', async () => {
    const { page } = await open({ tab: 'channels' });
    await expect.poll(() => page.locator('.channel').count()).toBe(6);
    await expect
      .poll(() => page.locator('.channel-head .quiet').first().textContent())
      .toContain('mean peak 2.00 · active 40 % · Activities');
    await page.locator('.channel').nth(2).click();
    await expect.poll(() => cell(page, 0, 1).locator('.cell-caption').textContent()).toBe('#4');
    await expect.poll(() => drawn(page, 0, 2)).toContain('random-activations layer4/maps 0 2');
    await page.locator('.channel-list').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => cell(page, 0, 1).locator('.cell-caption').textContent()).toBe('#6');
  });

  it('shows where a place is found again, by pointer and by keys', async () => {
    const { page } = await open({ show: 'strength', layer: 'layer2' });
    await expect.poll(() => drawn(page, 1, 1)).toContain('layer2/strength');
    const before = await colour(page, 1, 1);
    await cell(page, 0, 1)
      .locator('canvas')
      .hover({ position: { x: 60, y: 60 } });
    await expect
      .poll(() => page.locator('.found').textContent())
      .toMatch(/row [45], column [45] is found again best in .*, cosine/);
    await expect.poll(() => colour(page, 1, 1)).not.toEqual(before);
    await page.mouse.move(5, 5);
    await expect.poll(() => page.locator('.found').textContent()).toBe('');
    await cell(page, 0, 1).focus();
    await page.keyboard.press('Shift+ArrowRight');
    // One further than the middle.
    await expect.poll(() => page.locator('.found').textContent()).toContain('row 5, column 6');
  });

  it('shows attributions and what channels want', async () => {
    const { page } = await open({ show: 'grad-cam', tab: 'wishes' });
    await expect.poll(() => drawn(page, 0, 1)).toContain('moco-attribution 0/layer4');
    expect(await cell(page, 0, 1).locator('.cell-caption').textContent()).toContain('85 %');
    expect(await page.locator('.wishes li').count()).toBe(4);
    await slide(page, 'Step', 'ArrowLeft');
    expect(await page.locator('.wishes .quiet').first().textContent()).toBe('2.00 · 0.200');
  });

  it('moves with keys, tells other panels, and follows them', async () => {
    const panel = await open();
    const { page } = panel;
    await expect.poll(() => drawn(page, 0, 1)).toContain('.png');
    await cell(page, 0, 1).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('[');
    await expect
      .poll(() => panel.selected())
      .toEqual({
        ...{ pretraining: 'random', layer: 'layer3' },
        image: { data: 'emoji', split: 'google', name: 'joy_cat' },
      });
    expect(await cell(page, 1, 2).getAttribute('aria-selected')).toBe('true');
    await panel.select({ pretraining: 'moco', layer: 'layer1' });
    await expect.poll(() => cell(page, 1, 1).getAttribute('aria-selected')).toBe('true');
    await expect.poll(() => drawn(page, 1, 1)).toContain('layer1');
  });

  it('starts an analysis of the image, and writes it into the file', async () => {
    const panel = await open({ image: 'emoji/google/120', seed: 0 });
    const { page } = panel;
    await expect.poll(() => drawn(page, 1, 1)).toContain('.png');
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    await page.getByRole('checkbox', { name: 'random' }).uncheck();
    await page.getByRole('checkbox', { name: 'layer1' }).uncheck();
    await page.locator('vscode-button', { hasText: 'Start' }).click();
    const analysis = {
      ...{ kind: 'inversion', of: ['moco'], data: 'emoji', split: 'google', images: [120] },
      layers: ['layer2', 'layer3', 'layer4'],
    };
    expect(await sent(panel, 'startAnalysis')).toEqual([{ type: 'startAnalysis', wish: { analysis, seed: 0 } }]);
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    await page.getByRole('combobox', { name: 'Images' }).click();
    await page.getByRole('option', { name: '8 images, drawn' }).click();
    await page.locator('.analysis-menu vscode-button', { hasText: 'Add to file' }).click();
    expect((await sent(panel, 'addAnalysis'))[0]).toMatchObject({ wish: { analysis: { kind: 'inversion' } } });
    expect((await sent(panel, 'addAnalysis'))[0]!.wish).not.toHaveProperty('analysis.images');
  });

  it('tells how an analysis is getting on, and cancels it; refuses where nothing may run', async () => {
    const started = [
      { id: 'launch:1', title: 'inversion-2', state: 'running', fraction: 0.25, text: '75/300 updates' },
      { id: 'launch:2', title: 'cka', state: 'failed', text: 'it failed' },
    ] as const;
    const { offer } = featuresModel(stages, worker);
    const panel = await open({}, { changes: { started, offer: { ...offer, refusal: 'Nothing runs here.' } } });
    const { page } = panel;
    expect(await page.locator('.started li').count()).toBe(2);
    expect(await page.locator('.started progress').first().getAttribute('value')).toBe('0.25');
    await page.getByRole('button', { name: 'Cancel inversion-2' }).click();
    await page.getByRole('button', { name: 'Dismiss cka' }).click();
    expect((await sent(panel, 'cancelAnalysis')).map(({ id }) => id)).toEqual(['launch:1', 'launch:2']);
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    await expect.poll(() => page.locator('.analysis-menu .problem').textContent()).toBe('Nothing runs here.');
    expect(await page.locator('.analysis-menu vscode-button[disabled]').count()).toBe(2);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
  });

  it('offers to write loose analyses into the file, and says what cannot be read', async () => {
    const loose = { kind: 'inversion', id: 'inversion-2' };
    const of = [
      { kind: 'inversion' as const, pretraining: 'moco', analysis: 'inversion-2', loose },
      { kind: 'inversion' as const, pretraining: 'gone' },
    ];
    const panel = await open({ tab: 'analyses' }, { of });
    await panel.page.getByRole('button', { name: 'Add inversion-2 to the experiment file' }).click();
    expect(await sent(panel, 'addAnalysis')).toEqual([{ type: 'addAnalysis', wish: { analysis: loose } }]);
    await expect
      .poll(() => panel.page.locator('.notes-list').textContent())
      .toContain('inversion of gone: inversion.json cannot be read');
    expect(await panel.page.locator('.columnheader .heading-title').allTextContents()).toEqual(['image', 'moco']);
  });

  it('says what to do where there is nothing, and why something failed', async () => {
    const panel = await open({}, { of: [] });
    expect(await panel.page.locator('.status').textContent()).toContain('Start an inversion');
    await panel.fail('There is no run any more.');
    await expect.poll(() => panel.page.locator('.status.problem').textContent()).toBe('There is no run any more.');
  });

  it('saves the pictures, their numbers and the curves', async () => {
    const panel = await open();
    const { page } = panel;
    await expect.poll(() => drawn(page, 2, 2)).toContain('.png');
    for (const name of ['PNG', 'CSV', 'SVG']) await page.locator('.saving vscode-button', { hasText: name }).click();
    const saved = (await panel.messages()).flatMap((message) =>
      message.type === 'save' ? [message.file as { name: string; content: string }] : [],
    );
    expect(saved.map(({ name }) => name)).toEqual([
      'why-inversion.png',
      'why-inversion.csv',
      'why-inversion-curves.svg',
    ]);
    expect(Buffer.from(saved[0]!.content, 'base64').readUInt32BE(16)).toBeGreaterThan(400);
    expect(saved[1]!.content.split('\r\n')).toHaveLength(1 + 6 + 1);
    expect(saved[2]!.content).toContain('<svg');
  });

  it('keeps its view, names every control, and fits a narrow panel', async () => {
    const panel = await open({ show: 'channel', rank: 1 }, { width: 300, height: 900, theme: 'high-contrast' });
    const { page } = panel;
    await expect.poll(() => drawn(page, 0, 1)).toContain('layer4/maps');
    await slide(page, 'Channel', 'ArrowRight');
    expect(((await panel.memory())?.view as FeaturesView).rank).toBe(2);
    await expectAccessible(page);
    await expectFits(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(300);
  });
});
