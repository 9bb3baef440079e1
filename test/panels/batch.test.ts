/** The Batch panel in a real browser: what is drawn of each kind of stage, chosen, walked by keys, sent, kept and saved; many layers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchModel, BatchNews, BatchView } from '../../src/shared/protocol/panels/batchPanel';
import { expectAccessible } from '../support/accessibility';
import { makeBatch, type BatchFixture, type BatchKind } from '../support/batchFixture';
import { expectFits } from '../support/layout';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { serveStages } from '../support/predictionsFixture';
import type { ThemeName } from '../support/themeVariables';

/** What fits does not depend on colours, but on borders. */
const themes: readonly ThemeName[] = ['dark', 'high-contrast-light'];
const kinds: readonly BatchKind[] = ['classes', 'queue', 'boxes', 'pixels', 'landmarks'];
const chromium = await findPanelBrowser('the Batch panel');

interface OpenOptions extends Partial<PanelPageOptions> {
  readonly changes?: Partial<BatchModel>;
  readonly news?: readonly BatchNews[];
}

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  const fixtures = new Map<BatchKind, BatchFixture>();
  beforeAll(async () => {
    browser = await chromium.launch();
    for (const kind of kinds) fixtures.set(kind, await makeBatch({ kind, images: 6, steps: 3 }));
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (
    kind: BatchKind,
    view: Partial<BatchView> = {},
    { changes, news, ...options }: OpenOptions = {},
  ): Promise<PanelPage> => {
    const fixture = fixtures.get(kind)!;
    shown = await openPanelPage(browser, { panel: 'batch', width: 1200, memory: { target: {}, view }, ...options });
    await serveStages(shown, { batch: fixture.files });
    await shown.show({ ...fixture.model, ...changes });
    await shown.tell(...(news ?? fixture.news));
    return shown;
  };
  const intents = async (panel: PanelPage) =>
    (await panel.messages()).flatMap(({ intent }) => (intent ? [intent] : []));
  /** Colours in the first picture of an image. */
  const isPainted = (page: Page, selector: string) =>
    expect
      .poll(() =>
        page
          .locator(selector)
          .first()
          .evaluate((node) => {
            const canvas = node as HTMLCanvasElement;
            const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
          }),
      )
      .toBeGreaterThan(20);

  it('says what is looked at, what is suspicious, and the losses of the update', async () => {
    const { page } = await open('boxes');
    expect(await page.locator('h1').innerText()).toBe('scenes of moco, seed 0');
    expect(await page.locator('header .facts').innerText()).toMatch(/Stage\s+transfer, detection[^]*Updates\s+2,000/);
    expect(await page.locator('.findings-list li').first().innerText()).toContain('16 of 64 units are dead');
    expect(await page.locator('.losses li').count()).toBe(5);
    expect(await page.locator('.losses .sparkline').first().getAttribute('aria-label')).toMatch(
      /^loss over 3 updates, from 4\.6/,
    );
    expect(await page.locator('[role=status]').textContent()).toMatch(/^Update 3 of 2,000, loss 4\.\d+\. A quarter/);
  });

  it('draws both views of an image and what its query is most similar to', async () => {
    const { page } = await open('queue', { image: 2 });
    await expect.poll(() => page.locator('.tile').count()).toBe(6);
    expect(await page.locator('.tile').first().locator('canvas').count()).toBe(2);
    await isPainted(page, '.tile canvas');
    expect(await page.locator('.match-details h2').first().innerText()).toBe('Image 3 of the batch');
    const rows = page.locator('.matches tbody tr');
    expect(await rows.count()).toBe(11);
    expect(await rows.first().innerText()).toMatch(/its own key\s+0\.910/);
    expect(await rows.last().innerText()).toMatch(/noise/);
    expect(await page.locator('.views th[scope=rowgroup]').allInnerTexts()).toEqual([
      'query 6 × 128 × 128 × 3',
      'key 6 × 128 × 128 × 3',
    ]);
    await expectAccessible(page);
  });

  it('draws boxes by their role, and alone those that were matched to an object', async () => {
    const { page } = await open('boxes', { image: 1, isLarge: true });
    await isPainted(page, '.stage canvas');
    const object = page.locator('[data-object]').first();
    expect(await page.locator('.matches').first().innerText()).toMatch(/unmatched\s+0\s+–/);
    const picture = (): Promise<string> =>
      page
        .locator('.stage canvas')
        .first()
        .evaluate((node) => (node as HTMLCanvasElement).toDataURL());
    const all = await picture();
    await object.click();
    expect(await object.getAttribute('aria-pressed')).toBe('true');
    await expect.poll(picture).not.toBe(all);
    const one = await picture();
    await page.locator('vscode-checkbox', { hasText: 'Negatives' }).click();
    await object.click();
    await expect.poll(picture).not.toBe(one);
    await page.getByRole('combobox', { name: 'Candidates' }).click();
    await page.getByRole('option', { name: 'proposals' }).click();
    expect(await page.locator('.box-details h3').first().innerText()).toBe('Objects and their proposals');
    await expectAccessible(page);
  });

  it.each([
    ['classes', /Predicted[^]*%/, 1],
    ['pixels', /Classes[^]*background/, 3],
    ['landmarks', /left eye\s+\d+\.\d px/, 1],
  ] as const)('shows what images of %s were matched to', async (kind, words, pictures) => {
    const { page } = await open(kind);
    await expect.poll(() => page.locator('.tile').count()).toBe(6);
    expect(await page.locator('.tile').first().locator('canvas').count()).toBe(pictures);
    await isPainted(page, '.tile canvas');
    expect(await page.locator('.match-list').innerText()).toMatch(words);
  });

  it('is walked by keys: images, the large one, and back', async () => {
    const panel = await open('classes');
    const { page } = panel;
    await page.locator('.tile').first().waitFor();
    await page.getByRole('listbox').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await page.locator('.large').waitFor();
    expect(await page.locator('.large-title').innerText()).toContain('scene-0002');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.large-title').innerText()).toContain('scene-0001');
    await page.keyboard.press('Escape');
    await page.locator('.large').waitFor({ state: 'hidden' });
    expect((await panel.memory())?.view).toMatchObject({ image: 1, isLarge: false });
    expect(await page.locator('[role=status]').textContent()).toMatch(
      /scene-0001\.png: ✓ .* %, loss .*, People & Body/,
    );
  });

  it('opens the layer that a finding is about, and tells other panels of layers that are chosen', async () => {
    const panel = await open('queue');
    const { page } = panel;
    await page.locator('[data-finding]').click();
    expect(await page.getByRole('tab', { selected: true }).innerText()).toContain('Layers');
    expect(await page.locator('.layer-list [aria-selected=true] .name').innerText()).toBe('layer3.0');
    expect(await page.locator('.detail:visible .figures').innerText()).toMatch(/Dead units\s+16 of 64/);
    expect(await page.locator('.depth-lines').count()).toBe(2);
    expect(await page.locator('.series-legend li').allInnerTexts()).toEqual(['update 3', 'update 1']);
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    expect(await panel.selected()).toEqual({ layer: 'layer3.1', pretraining: 'moco' });
    await page.locator('.list-head [data-sort=gradient]').click();
    expect(await page.locator('.layer-list .list-row[aria-rowindex="2"] .name').innerText()).toBe('fc');
    await expectAccessible(page);
    await panel.select({ layer: 'layer2' });
    await expect.poll(() => page.locator('.layer-list [aria-selected=true] .name').innerText()).toBe('layer2.1');
  });

  it('shares its images with other panels, and goes to theirs once it has them', async () => {
    const { news } = fixtures.get('queue')!;
    const panel = await open('queue', {}, { news: news.slice(0, 1) });
    const image = { data: 'scenes', split: 'train', name: 'scene-0004.png' };
    // Before there is any update.
    await panel.select({ image });
    await panel.tell(...news.slice(1));
    await panel.page.locator('.match-details h2', { hasText: 'Image 5 of the batch' }).waitFor();
    expect((await panel.memory())?.view).toMatchObject({ image: 4 });
    await panel.select({ image: { ...image, split: 'test', name: 'scene-0001.png' } });
    await panel.select({ image: { ...image, name: 'elsewhere.png' }, category: 'Flags' });
    expect(await panel.selected()).toEqual({});
    await panel.page.getByRole('listbox').press('ArrowRight');
    await expect
      .poll(async () => (await panel.selected()).image)
      .toEqual({ ...image, name: 'train/Smileys & Emotion/scene-0005.png' });
  });

  it('opens the call of a layer that a finding is about', async () => {
    const { inspections } = fixtures.get('boxes')!;
    const [inspection] = inspections;
    const layers = inspection!.layers.flatMap((layer) => [layer, { ...layer, call: 2 }]);
    const findings = [
      { severity: 'error', message: 'layer1.0 (call 2) is dead.', about: 'layer1.0', call: 2 },
    ] as const;
    const { page } = await open(
      'boxes',
      {},
      { news: [{ kind: 'begin' }, { kind: 'inspected', inspection: { ...inspection!, layers, findings } }] },
    );
    await page.getByRole('button', { name: 'Show layer1.0 (call 2)' }).click();
    expect(await page.locator('.layer-list [aria-selected=true] .name').innerText()).toBe('layer1.0 (call 2)');
    expect(await page.locator('.detail:visible h2').innerText()).toBe('layer1.0 (call 2)');
  });

  it('lists parameters with their updates, and saves the rows that are shown', async () => {
    const panel = await open('queue', { tab: 'parameters' });
    const { page } = panel;
    await page.getByRole('searchbox').fill('layer4');
    await expect.poll(() => page.locator('.count:visible').innerText()).toBe('2 of 13 parameters');
    await page.locator('.parameter-list .list-row').first().click();
    expect(await page.locator('.detail:visible h2').innerText()).toBe('layer4.0.weight');
    await page.getByRole('button', { name: /CSV/ }).locator('visible=true').click();
    const saved = (await panel.messages()).flatMap(({ file }) =>
      file ? [file as { name: string; content: string }] : [],
    );
    expect(saved[0]?.name).toBe('batch-3-parameters.csv');
    expect(saved[0]?.content.trim().split('\r\n')).toHaveLength(3);
  });

  it('asks for steps, and says what is being computed and how to end it', async () => {
    const panel = await open('queue');
    const { page } = panel;
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await page.getByRole('button', { name: 'Step × 10' }).click();
    await page.getByRole('button', { name: 'Attach Debugger' }).click();
    await page.getByRole('button', { name: 'Show in Experiment' }).click();
    await panel.show({ ...fixtures.get('queue')!.model, state: 'stepping', made: 3, wanted: 10 });
    expect(await page.locator('.busy').innerText()).toContain('Computing update 4 of 2,000, 9 more updates after it');
    await page.getByRole('button', { name: /Stop after this one/ }).click();
    await page.getByRole('button', { name: /^Cancel/ }).click();
    expect(await intents(panel)).toEqual([
      ...[{ type: 'step', count: 1 }, { type: 'step', count: 10 }, { type: 'attach' }, { type: 'reveal' }],
      ...[{ type: 'pause' }, { type: 'cancel' }],
    ]);
    // What was looked at before stays while the next is computed.
    expect(await page.locator('.tile').count()).toBe(6);
  });

  it('goes back to an earlier update, keeps the view, and to the newest when one comes', async () => {
    const { news, model } = fixtures.get('queue')!;
    const panel = await open('queue');
    const { page } = panel;
    const loss = (): Promise<string> => page.locator('.loss-value').innerText();
    const newest = await loss();
    await page.getByRole('combobox', { name: 'Look at' }).click();
    await page.getByRole('option', { name: 'Update 1 of 2,000' }).click();
    expect(await loss()).not.toBe(newest);
    expect((await panel.memory())?.view).toMatchObject({ step: 0 });
    await panel.tell(news.at(-1)!);
    await expect.poll(loss).toBe(newest);
    await panel.show({ ...model, isStale: true });
    expect(await page.locator('.hint').innerText()).toContain('has changed since');
  });

  it.each([
    [{ state: 'idle' }, 'Start', /Start makes one update/],
    [{ state: 'opening', wanted: 1 }, 'Cancel', /Getting data and weights ready/],
    [{ state: 'ended', message: 'the worker process died (signal SIGKILL)' }, 'Start Again', /died \(signal SIGKILL\)/],
    [{ state: 'idle', isTrusted: false }, 'Manage Trust', /Start makes one update/],
  ] as const)('says what to do without an update: %o', async (changes, button, words) => {
    const panel = await open('queue', {}, { changes: { ...changes, session: undefined, facts: [] }, news: [] });
    const { page } = panel;
    expect(await page.locator('#panel').innerText()).toMatch(words);
    await page
      .locator('header')
      .getByRole('button', { name: button, exact: button !== 'Cancel' })
      .waitFor();
    if (changes.state === 'ended') await expectAccessible(page);
  });

  it('stays quick with 2,000 layers: few elements, short drawing', async () => {
    const many = await makeBatch({ kind: 'classes', images: 1, steps: 1, moreLayers: 2000 });
    const { page } = await open('classes', { tab: 'layers' }, { news: many.news });
    await expect.poll(() => page.locator('.count:visible').innerText()).toBe('2,013 layers');
    expect(await page.locator('.list-row').count()).toBeLessThan(60);
    expect(await page.locator('.depth-lines .mark').count()).toBe(0);
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    expect(await page.locator('.list-row[aria-selected=true] .name').innerText()).toBe('head.1999');
  });

  it.each(themes)('fits narrow, magnified and wide windows in the theme %s', async (theme) => {
    for (const view of [
      ...(['images', 'layers', 'parameters'] as const).map((tab) => ({ tab })),
      { isLarge: true, image: 1 },
    ]) {
      const { page } = await open('boxes', view, { theme });
      await expectFits(page);
      await page.close();
    }
  });
});
