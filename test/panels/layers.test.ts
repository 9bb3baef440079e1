/** The Layers panel in a real browser: what is drawn, how its parts follow each other, what is sent, kept and saved. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LayersModel } from '../../src/shared/protocol/panels/layersPanel';
import { layersCases, tenLayers } from '../support/layersFixture';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';

const chromium = await findPanelBrowser('the Layers panel');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  const model = layersCases.full();
  beforeAll(async () => {
    browser = await chromium.launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (first?: LayersModel, options: Partial<PanelPageOptions> = {}): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'layers', ...options });
    if (first) await shown.show(first);
    return shown;
  };
  const sent = async (panel: PanelPage, type: string): Promise<Record<string, unknown>[]> =>
    (await panel.messages()).flatMap((message) => {
      const intent = message.intent as { type: string } | undefined;
      return message.type === type || intent?.type === type ? [(intent ?? message) as Record<string, unknown>] : [];
    });
  const remembering = (view: object) => ({ memory: { target: {}, view } });

  it('draws every pretraining by layer, and the same numbers in the table', async () => {
    const { page } = await open(model);
    expect(await page.locator('.series').count()).toBe(7);
    expect(await page.locator('.series .mark').count()).toBe(7 * 10);
    expect(await page.locator('.band').count()).toBe(7);
    expect(await page.locator('.chance-label').textContent()).toBe('guessing');
    const heads = await page.locator('thead th .name').allTextContents();
    expect(heads).toEqual(['pretraining', ...tenLayers]);
    const drawn = await page.locator('.series[data-pretraining=moco] .mark title').first().textContent();
    const cell = await page.locator('td[data-row=moco][data-layer=conv1]').innerText();
    expect(drawn).toContain(cell.split('\n')[0]!.trim());
    expect(await page.locator('.findings li').count()).toBe(2);
  });

  it('draws scores across labels with labels saved, and across steps, at the chosen layer', async () => {
    const panel = await open(layersCases.counted(), remembering({ transfer: 'few', axis: 'labels' }));
    const { page } = panel;
    const marks = page.locator('.count-chart .series .mark');
    await expect.poll(() => marks.count()).toBe(3 * 3);
    expect(await page.locator('.depth-chart').first().isVisible()).toBe(false);
    expect(await page.locator('.chart-part').innerText()).toMatch(/moco: [\d.]+× \([\d.]+ to [\d.]+\)/);
    await expectAccessible(page);
    await panel.page.close();
    const steps = await open(layersCases.counted(), remembering({ transfer: 'alone', axis: 'steps' }));
    await expect.poll(() => steps.page.locator('.count-chart .series').count()).toBe(1);
    const before = await steps.page.locator('.count-chart desc').textContent();
    await steps.page.getByRole('slider').press('ArrowLeft');
    await expect.poll(() => steps.page.locator('.count-chart desc').textContent()).not.toBe(before);
    // A transfer that has no labels to count shows layers.
    const none = await open(layersCases.counted(), remembering({ transfer: 'alone', axis: 'labels' }));
    await none.page.locator('.depth-chart').first().waitFor();
    expect(await none.page.locator('.count-chart').isVisible()).toBe(false);
  });

  it('changes metric, comparison, axis and intervals by its controls, and keeps them', async () => {
    const panel = await open(model);
    const { page } = panel;
    const choose = async (label: string, option: string) => {
      await page.getByRole('combobox', { name: label }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    await choose('Metric', 'training loss');
    await choose('Minus', 'random');
    await choose('Across', 'depth');
    await choose('95 % intervals', 'bars');
    await page.locator('vscode-checkbox').click();
    expect(await page.locator('.axis-title').allTextContents()).toEqual([
      'depth (share of the convolutions)',
      'Δ training loss (nats)',
    ]);
    // The baseline is the zero line.
    expect(await page.locator('.series').count()).toBe(6);
    expect(await page.locator('.chance-label').textContent()).toBe('random');
    expect(await page.locator('.whisker').count()).toBe(6 * 10);
    expect(await page.locator('.seed').count()).toBe(6 * 3);
    expect(await page.locator('td[data-row=supervised][data-layer=avgpool]').getAttribute('data-verdict')).toBe(
      'above',
    );
    const view = { metric: 'loss', baseline: 'random', axis: 'depth', intervals: 'bars', showSeeds: true };
    expect((await panel.memory())?.view).toMatchObject(view);
    const again = await open(model, { memory: await panel.memory() });
    expect(await again.page.locator('.whisker').count()).toBe(6 * 10);
    expect(
      await again.page
        .locator('vscode-dropdown')
        .first()
        .evaluate((node) => (node as HTMLSelectElement).value),
    ).toBe('loss');
  });

  it('lifts out line, row and legend together, from any of them', async () => {
    const panel = await open(model);
    const { page } = panel;
    const lifted = async () => ({
      line: await page
        .locator('.series:not(.is-dimmed)')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-pretraining'))),
      row: await page
        .locator('tbody tr.is-marked th')
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.row)),
      entry: await page.locator('.legend .is-marked .name').allTextContents(),
    });
    const only = (id: string) => ({ line: [id], row: [id], entry: [id] });
    await page.locator('tbody th button', { hasText: 'supcon' }).hover();
    expect(await lifted()).toEqual(only('supcon'));
    await page.locator('.legend button', { hasText: 'instdisc' }).hover();
    expect(await lifted()).toEqual(only('instdisc'));
    const box = (await page.locator('.series[data-pretraining=supervised] .mark[data-layer=avgpool]').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await lifted()).toEqual(only('supervised'));
    expect(await page.locator('td.is-marked[data-row=supervised]').getAttribute('data-layer')).toBe('avgpool');
    expect(await page.locator('.ring').count()).toBe(1);
    expect(await page.locator('.chart-tooltip .what').innerText()).toBe('supervised, avgpool');
    await page.locator('td[data-row=moco][data-layer=layer2]').hover();
    const [ring, mark] = await Promise.all(
      ['.ring', '.series[data-pretraining=moco] .mark[data-layer=layer2]'].map((one) =>
        page.locator(one).boundingBox(),
      ),
    );
    expect(ring!.x + ring!.width / 2).toBeCloseTo(mark!.x + mark!.width / 2, 0);
    await page.mouse.move(5, 5);
    expect((await lifted()).line).toHaveLength(7);
  });

  it('tells what is chosen by click and by key, and follows what others choose', async () => {
    const panel = await open(model);
    const { page } = panel;
    await page.locator('td[data-row=moco][data-layer=layer3]').click();
    expect(await panel.selected()).toEqual({ transfer: 'probe', pretraining: 'moco', layer: 'layer3' });
    await page.keyboard.press('Escape');
    expect(await panel.selected()).toEqual({ transfer: 'probe' });
    await page.mouse.move(5, 5);
    await panel.select({ transfer: 'neighbours', pretraining: 'supcon', layer: 'avgpool' });
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('neighbours');
    expect(await page.locator('td[aria-selected=true]').getAttribute('data-row')).toBe('supcon');
    expect(await page.locator('.series:not(.is-dimmed)').getAttribute('data-pretraining')).toBe('supcon');
  });

  it('is walked by keys: tabs, points and cells', async () => {
    const panel = await open(model);
    const { page } = panel;
    await page.getByRole('tab', { name: 'probe', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('neighbours');
    expect((await panel.memory())?.view).toMatchObject({ transfer: 'neighbours', isAll: false });
    await page.getByRole('application').focus();
    for (const key of ['ArrowRight', 'End', 'ArrowDown']) await page.keyboard.press(key);
    const said = await page.locator('[role=status]').innerText();
    expect(said).toMatch(/^[\w-]+, avgpool, top-1 accuracy: \d+\.\d ± \d+\.\d %$/);
    await page.keyboard.press('Enter');
    expect(await panel.selected()).toMatchObject({ layer: 'avgpool', transfer: 'neighbours' });
    await page.locator('thead th button').first().focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'End']) await page.keyboard.press(key);
    const at = await page.evaluate(() => ({ ...(document.activeElement as HTMLElement).dataset }));
    expect(at).toMatchObject({ row: 'supervised', layer: 'avgpool' });
    expect(await page.locator('table [tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    expect(await sent(panel, 'showInExperiment')).toEqual([{ type: 'showInExperiment', entry: 'supervised' }]);
  });

  it('sorts by a column, best first, and says so', async () => {
    const panel = await open(model);
    const { page } = panel;
    const order = () => page.locator('tbody th .name').allTextContents();
    const sort = page.locator('thead th[data-layer=avgpool] button');
    await sort.click();
    expect((await order())[0]).toBe('supervised');
    expect((await order()).at(-1)).toBe('random');
    expect(await page.locator('thead th[data-layer=avgpool]').getAttribute('aria-sort')).toBe('descending');
    await sort.click();
    expect((await order())[0]).toBe('random');
    expect(await page.locator('[role=status]').textContent()).toBe('Sorted by avgpool, from low to high');
  });

  it('keeps focus, scroll and order over new models', async () => {
    const panel = await open(model, { width: 500 });
    const { page } = panel;
    await page.locator('thead th[data-layer=avgpool] button').click();
    await page.locator('td[data-row=supcon][data-layer=layer3]').focus();
    const scroll = () => page.locator('.table-part .table-scroll').evaluate((node) => node.scrollLeft);
    const before = await scroll();
    expect(before).toBeGreaterThan(0);
    await panel.show(layersCases.underWay());
    await panel.show({ ...model, state: 'running' });
    expect(await page.evaluate(() => ({ ...(document.activeElement as HTMLElement).dataset }))).toMatchObject({
      row: 'supcon',
      layer: 'layer3',
    });
    expect(await scroll()).toBe(before);
    expect((await page.locator('tbody th .name').allTextContents())[0]).toBe('supervised');
  });

  it('switches pretrainings off in the legend', async () => {
    const panel = await open(model);
    const { page } = panel;
    await page.locator('.legend button', { hasText: 'instdisc' }).click();
    expect(await page.locator('.series').count()).toBe(6);
    expect(await page.locator('.legend button[aria-pressed=false]').innerText()).toBe('instdisc');
    expect((await panel.memory())?.view).toMatchObject({ hidden: ['instdisc'] });
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await page.locator('.series').count()).toBe(7);
  });

  it('shows all transfers over one axis, whose labels stand below only', async () => {
    const panel = await open(model, { width: 1000, ...remembering({ isAll: true }) });
    const { page } = panel;
    expect(await page.locator('.depth-chart').count()).toBe(4);
    const labels = await page
      .locator('.depth-chart')
      .evaluateAll((charts) => charts.map((chart) => chart.querySelectorAll('.tick text[transform]').length));
    expect(labels).toEqual([0, 10, 10, 10]);
    const row = page.locator('.chart-frame').first();
    const box = (await row.locator('.series[data-pretraining=moco] .mark[data-layer=layer2]').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.guide').count()).toBe(4);
    await page.getByRole('button', { name: 'same-emoji' }).click();
    expect(await page.locator('.depth-chart').count()).toBe(1);
    expect((await panel.memory())?.view).toMatchObject({ isAll: false, transfer: 'same-emoji' });
  });

  it('draws measures of analyses beside those of transfers, chosen by kind, with their values at one layer', async () => {
    const panel = await open(layersCases.analyses(), { width: 1100, ...remembering({ isAll: true }) });
    const { page } = panel;
    expect(await page.locator('.depth-chart').count()).toBe(8);
    await page.locator('.measure-chooser summary').click();
    expect(await page.locator('.measure-group legend').allTextContents()).toEqual([
      ...['Transfers', 'Geometry', 'Invariance', 'Readouts', 'Transfer foretold', 'Similarity'],
    ]);
    await page.locator('vscode-checkbox', { hasText: 'RankMe' }).click();
    expect(await page.locator('.chart-title', { hasText: 'geometry: RankMe' }).count()).toBe(1);
    expect((await panel.memory())?.view).toMatchObject({
      measures: expect.arrayContaining(['geometry geometry.rankMe', 'probe accuracy']) as unknown,
    });
    expect(await page.locator('.readings li').allInnerTexts()).toHaveLength(6);
    const slider = page.getByRole('slider', { name: 'Layer' });
    expect(await slider.getAttribute('aria-valuetext')).toBe('avgpool');
    await slider.focus();
    for (let k = 0; k < 9; k++) await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.layer-slider output').innerText()).toBe('conv1');
    expect(await panel.selected()).toEqual({ layer: 'conv1' });
    expect(await page.locator('.guide').count()).toBe(9);
    const heads = await page.locator('.layer-values th').allInnerTexts();
    const cells = await page.locator('.layer-values tbody tr').first().locator('td').allInnerTexts();
    expect(cells[heads.indexOf('geometry: RankMe') - 1]).toMatch(/^120 ±/);
  });

  it('compares layers with layers and tells one image from its class', async () => {
    const panel = await open(layersCases.analyses(), { width: 1200, ...remembering({ transfer: 'cka' }) });
    const { page } = panel;
    expect(await page.locator('.similarity-cell').count()).toBe(100);
    expect(await page.locator('.matrix-part .note').innerText()).toMatch(/^Of equal layers \S+ is most alike/);
    await page.locator('.similarity-matrix').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    expect(await page.locator('.matrix-part .note').innerText()).toMatch(
      /^CKA of maxpool of random and maxpool of supervised: 0\.9\d\d? ± /,
    );
    expect(await panel.selected()).toMatchObject({ layer: 'maxpool' });
    await page.locator('.matrix-part vscode-dropdown').click();
    await page.locator('.matrix-part vscode-option', { hasText: 'supervised and moco' }).click();
    expect((await panel.memory())?.view).toMatchObject({ pair: 'supervised moco' });
    await page.getByRole('tab', { name: 'likeness' }).click();
    expect(await page.locator('.matrix-part').count()).toBe(0);
    expect(await page.locator('.likeness-chart').count()).toBe(4);
    expect(await page.locator('.likeness-part h2').innerText()).toBe('Cosines at maxpool');
    await page.locator('.legend button', { hasText: 'moco' }).click();
    expect(await page.locator('.likeness-chart').count()).toBe(3);
  });

  it('saves picture and table', async () => {
    const panel = await open(model);
    const save = async (name: string) => {
      const before = (await sent(panel, 'save')).length;
      await panel.page.getByRole('button', { name }).click();
      await expect.poll(async () => (await sent(panel, 'save')).length).toBe(before + 1);
      return (await sent(panel, 'save')).at(-1)!.file as { name: string; content: string; encoding: string };
    };
    const svg = await save('Save the chart as SVG');
    expect(svg.name).toBe('voc07-three-ways-3-probe-accuracy-by-layer.svg');
    expect(svg.content).toMatch(/^<svg[^>]*xmlns=/);
    expect(svg.content).not.toMatch(/NaN|undefined|var\(/);
    expect(svg.content.match(/class="series"/g)).toHaveLength(7);
    for (const { id } of model.pretrainings) expect(svg.content).toContain(`>${id}</text>`);
    const png = await save('Save the chart as PNG');
    const bytes = Buffer.from(png.content, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(1000);
    expect((await save('Save all values as CSV, one line per seed')).content.split('\r\n')).toHaveLength(
      1 + 7 * 10 * 3 + 1,
    );
    expect((await save('Save the table as Markdown')).content).toContain('| supervised |');
    expect((await save('Save the table as LaTeX')).content).toContain('\\begin{tabular}{lrrrrrrrrrr}');
    expect(await panel.page.locator('.figure').count()).toBe(0);
  });

  it('says what is stale, failed, missing or not yet there', async () => {
    const panel = await open(layersCases.stale());
    const { page } = panel;
    expect(await page.getByRole('note').innerText()).toContain('instdisc and neighbours are set differently now');
    expect(await page.locator('tbody .remark', { hasText: 'changed since' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Show the file' }).click();
    expect(await sent(panel, 'openFile')).toEqual([{ type: 'openFile' }]);
    await panel.show(layersCases.nothingYet());
    expect(await page.locator('.empty').innerText()).toContain('No transfer has been measured yet');
    await panel.show(layersCases.oneSeed());
    expect(await page.locator('.findings').innerText()).toContain('One seed only');
    expect(await page.locator('.whisker').count()).toBe(0);
    await panel.fail('There is no run quickstart-1 any more.');
    await expect.poll(() => page.getByRole('alert').innerText()).toBe('There is no run quickstart-1 any more.');
    expect(await page.locator('.series').count()).toBe(7);
  });

  it('reads the run until there is a model', async () => {
    const { page } = await open();
    expect(await page.locator('.empty').innerText()).toBe('Reading the run …');
  });

  it.each(Object.entries(layersCases))('fits 300 px and names every control: %s', async (_, makeModel) => {
    const panel = await open(makeModel(), { width: 300, theme: 'high-contrast' });
    const { page } = panel;
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await sent(panel, 'crashed')).toEqual([]);
    await expectAccessible(page);
    await expectFits(page);
    expect(
      await page
        .locator('[style]')
        .evaluateAll((all) => all.filter((one) => /NaN|undefined/.test(one.getAttribute('style')!)).length),
    ).toBe(0);
  });

  it('marks points of ten series under a moving pointer', async () => {
    const { page } = await open(layersCases.many(), { width: 1400 });
    const median = await page.evaluate(async () => {
      const times: number[] = [];
      const cells = [...document.querySelectorAll<HTMLElement>('td')].slice(0, 60);
      for (const cell of cells) {
        const start = performance.now();
        cell.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[times.length >> 1]!;
    });
    process.stdout.write(`a point of ten series is marked in ${median.toFixed(1)} ms\n`);
    expect(await page.locator('.series').count()).toBeGreaterThan(9);
  });

  it('starts analyses of all layers from its menu, and shows them under way', async () => {
    const kinds = [
      { kind: 'cka', doc: 'How alike layers are.', settings: ['kind', 'between', 'images', 'layers', 'pool'] },
      { kind: 'inversion', doc: 'Pictures.', settings: ['kind', 'of', 'images', 'layers'] },
    ];
    const offer = { kinds, pretrainings: ['random', 'moco'], layers: ['layer1'], usual: ['layer1'], data: [] };
    const started = [{ id: 'launch:1', title: 'geometry', state: 'running', fraction: 0.5, text: 'half' }] as const;
    const panel = await open({ ...model, analyses: { offer, started } });
    const { page } = panel;
    expect(await page.locator('.started li').innerText()).toContain('geometry');
    await page.locator('vscode-button', { hasText: 'Analyse…' }).click();
    expect(await page.locator('.analysis-menu vscode-option').allTextContents()).not.toContain('inversion');
    await page.locator('.analysis-menu vscode-button', { hasText: 'Start' }).click();
    const wish = { analysis: { kind: 'cka', between: ['random', 'moco'] } };
    expect(await sent(panel, 'startAnalysis')).toEqual([{ type: 'startAnalysis', wish }]);
    await page.getByRole('button', { name: 'Cancel geometry' }).click();
    expect(await sent(panel, 'cancelAnalysis')).toEqual([{ type: 'cancelAnalysis', id: 'launch:1' }]);
  });
});
