/** The Weights panel in a real browser: what is drawn, sorted, filtered, walked by keys, sent, kept and saved; very many rows. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import type { ThemeName } from '../support/themeVariables';
import { fixtureBackbone, weightsFixture, type WeightsFixture } from '../support/weightsFixture';

const themes: readonly ThemeName[] = ['light', 'dark', 'high-contrast', 'high-contrast-light'];
const chromium = await findPanelBrowser('the Weights panel');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let fitting: WeightsFixture;
  let wrong: WeightsFixture;
  beforeAll(async () => {
    browser = await chromium.launch();
    fitting = await weightsFixture(fixtureBackbone);
    wrong = await weightsFixture({ ...fixtureBackbone, stem: 'imagenet', name: 'resnet34' });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async ({ model, news }: WeightsFixture, options: Partial<PanelPageOptions> = {}): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'weights', width: 1300, ...options });
    await shown.show(model);
    await shown.tell(...news);
    await shown.page.locator('.list-row').first().waitFor();
    return shown;
  };
  const intents = async (panel: PanelPage) =>
    (await panel.messages()).flatMap(({ intent }) => (intent ? [intent] : []));
  const names = (panel: PanelPage) =>
    panel.page
      .locator('.list-row')
      .evaluateAll((all) =>
        all
          .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
          .map((row) => row.querySelector('.name')?.textContent ?? ''),
      );

  it('says what the file is and that it fits, and draws every tensor with its numbers', async () => {
    const { page } = await open(fitting);
    expect(await page.locator('h1').innerText()).toBe('moco.pth.tar');
    expect(await page.locator('.facts').innerText()).toMatch(
      /resnet18, width 4.*MoCo, behind state_dict\.module\.encoder_q\./s,
    );
    expect(await page.locator('.verdict').innerText()).toContain('100 of 100 weights of resnet18');
    expect(await page.locator('.verdict').getAttribute('data-fits')).toBe('true');
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('123');
    const first = page.locator('.list-row[aria-rowindex="2"]');
    expect(await first.locator('.name').innerText()).toBe('state_dict.module.encoder_q.conv1.weight');
    expect(await first.locator('.fate').innerText()).toBe('matched');
    // Figures come after the list.
    await expect.poll(() => first.locator('.histogram path').getAttribute('d')).toMatch(/^M/);
    await expectAccessible(page);
    await expectFits(page);
  });

  it('names what is missing and what has another shape, with both shapes', async () => {
    const panel = await open(wrong);
    const { page } = panel;
    expect(await page.locator('.verdict').getAttribute('data-fits')).toBe('false');
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: /^reshaped \(1\)$/ }).click();
    expect(await names(panel)).toEqual(['state_dict.module.encoder_q.conv1.weight']);
    await page.locator('.list-row').click();
    expect(await page.locator('.figures').innerText()).toMatch(
      /Shape\s+4 × 3 × 3 × 3, float32\s+Needed\s+4 × 3 × 7 × 7/,
    );
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: /^missing \(\d+\)$/ }).click();
    expect((await names(panel))[0]).toBe('layer1.2.conv1.weight');
    expect(await page.locator('.count').innerText()).toMatch(/^\d+ of \d+ tensors$/);
  });

  it('filters, sorts by any column both ways and back, and keeps the view', async () => {
    const panel = await open(fitting);
    const { page } = panel;
    await page.getByRole('searchbox', { name: /Filter/ }).fill('layer4 conv');
    await expect.poll(() => page.locator('.count').innerText()).toBe('4 of 122 tensors');
    const deviations = async () =>
      (
        await page
          .locator('.list-row')
          .evaluateAll((all) =>
            all
              .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
              .map((row) => row.querySelector('.std')!.textContent),
          )
      ).map(Number);
    const inFile = await names(panel);
    await page.locator('.list-head [data-sort=std]').click();
    const falling = await deviations();
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(await page.getByRole('columnheader', { name: 'std' }).getAttribute('aria-sort')).toBe('descending');
    await page.locator('.list-head [data-sort=std]').click();
    expect(await deviations()).toEqual([...falling].reverse());
    expect((await panel.memory())?.view).toMatchObject({ sort: 'std', isDescending: false, filter: 'layer4 conv' });
    const again = await open(fitting, { memory: await panel.memory() });
    expect(await again.page.locator('.count').innerText()).toBe('4 of 122 tensors');
    await again.page.locator('.list-head [data-sort=std]').click();
    expect(await names(again)).toEqual(inFile);
  });

  it('is walked by keys; what is chosen is drawn large and said', async () => {
    const panel = await open(fitting);
    const { page } = panel;
    await page.getByRole('grid').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'End', 'ArrowUp']) await page.keyboard.press(key);
    expect(await page.locator('[aria-selected=true] .name').innerText()).toContain('fc.0.weight');
    const active = await page.getByRole('grid').getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).getAttribute('aria-rowindex')).toBe('122');
    expect(await page.locator('[role=status]').textContent()).toMatch(
      /fc\.0\.weight, Shape 8 × 32, float32, Fate left out.*Mean /,
    );
    expect(await page.locator('.histogram-frame .bars').getAttribute('d')).toMatch(/^M/);
    const linear = await page.locator('.histogram-frame .bars').getAttribute('d');
    await page.locator('vscode-checkbox').click();
    expect(await page.locator('.histogram-frame .bars').getAttribute('d')).not.toBe(linear);
    await page.keyboard.press('Tab');
  });

  it('asks for prefixes, backbones and comparisons, and saves what is on screen', async () => {
    const panel = await open(fitting);
    const { page } = panel;
    await page.locator('.proposals vscode-button').click();
    await page.getByRole('combobox', { name: 'Backbone' }).click();
    await page.getByRole('option', { name: 'resnet50' }).click();
    await page.getByRole('button', { name: /Compare with/ }).click();
    await page.locator('.state .link').click();
    expect(await intents(panel)).toEqual([
      { type: 'usePrefix', prefix: 'state_dict.module.encoder_k.' },
      { type: 'chooseBackbone', backbone: 'resnet50' },
      { type: 'compare' },
      { type: 'revealUse' },
    ]);
    await page.locator('.list-row').first().click();
    await page.getByRole('button', { name: /as CSV/ }).click();
    await page.getByRole('button', { name: /as SVG/ }).click();
    const files = (await panel.messages()).flatMap(({ file }) =>
      file ? [file as { name: string; content: string }] : [],
    );
    expect(files.map(({ name }) => name)).toEqual([
      'moco.pth.tar-tensors.csv',
      'state_dict.module.encoder_q.conv1.weight-histogram.svg',
    ]);
    const lines = files[0]!.content.trimEnd().split('\r\n');
    expect(lines).toHaveLength(123);
    expect(lines[1]).toMatch(
      /^state_dict\.module\.encoder_q\.conv1\.weight,conv1\.weight,matched,float32,4x3x3x3,,108,-?0\.\d+/,
    );
    expect(files[1]!.content).toMatch(/^<svg[^]*class="bars"/);
  });

  it('tells of numbers that are not finite, and of reading that failed', async () => {
    const panel = await open(fitting);
    const { page } = panel;
    await panel.tell({
      kind: 'measured',
      from: 2,
      statistics: [{ count: 4, nan: 1, infinite: 2, zeros: 0, finite: { min: 1, max: 1, mean: 1, std: 0, bins: [1] } }],
    });
    await page.locator('.warnings li', { hasText: 'encoder_q.bn1.bias holds numbers that are not finite' }).waitFor();
    await panel.show({ ...fitting.model, state: 'failed', message: 'moco.pth.tar is cut short' });
    expect(await page.getByRole('alert').innerText()).toBe('moco.pth.tar is cut short');
    expect(await page.locator('.list-row').count()).toBeGreaterThan(5);
  });

  it('stays quick with 100,000 tensors: few elements, short drawing', async () => {
    const model = { ...fitting.model, listed: 100_000, stored: 100_000, proposals: [] };
    const panel = await open({ model, news: fitting.news });
    const { page } = panel;
    await page.evaluate(sendMany, 100_000);
    await expect.poll(() => page.locator('.count').innerText(), { timeout: 30_000 }).toBe('100,000 tensors');
    await expect.poll(() => page.locator('.list-row[aria-rowindex="2"] .std').innerText()).toBe('0');
    await page.locator('.list-head [data-sort=std]').click();
    await expect.poll(() => page.locator('.list-row[aria-rowindex="2"] .std').innerText()).toBe('99999');
    await page.locator('.list-scroll').evaluate((node) => node.scrollTo(0, node.scrollHeight));
    await page.locator('.list-row[aria-rowindex="100001"]').waitFor();
    expect(await page.locator('.list-row').count()).toBeLessThan(120);
  });

  it.each(themes)('shows all of its text at 300 px in the theme %s', async (theme) => {
    const { page } = await open(wrong, { theme, width: 300, height: 900 });
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(isWide).toBe(false);
    const [ink, ground] = await page.evaluate(() => {
      const { color } = getComputedStyle(document.querySelector('.list-row .name')!);
      return [color, getComputedStyle(document.body).backgroundColor];
    });
    expect(ink).not.toBe(ground);
  });
});

/** In the page: tensors named by number, in parts as the worker sends them. */
function sendMany(count: number): void {
  const post = (news: unknown): void => window.postMessage({ type: 'news', news }, '*');
  const part = 2000;
  post({ kind: 'begin', isSameFile: false });
  for (let from = 0; from < count; from += part) {
    const places = Array.from({ length: part }, (_, k) => from + k);
    const tensors = places.map((place) => ({
      name: `blocks.${place % 977}.part.${place}.weight`,
      dtype: 'float32',
      shape: [1 + (place % 7), 3],
      fate: 'unknown',
    }));
    post({ kind: 'listed', tensors });
    const bins = Array.from({ length: 48 }, (_, bin) => bin * (48 - bin));
    const statistics = places.map((place) => {
      const finite = { min: -1, max: 1, mean: 0, std: (place * 7919) % count, bins };
      return { count: 9, nan: 0, infinite: 0, zeros: 0, finite };
    });
    post({ kind: 'measured', from, statistics });
  }
}
