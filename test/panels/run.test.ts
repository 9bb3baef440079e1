/** The run panel in a real browser: what it draws, what clicks, drags and keys do, what is kept, what screen readers get. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunPanelIntent, RunPanelModel, RunPanelView } from '../../src/shared/protocol/panels/runPanel';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { readRunPanel } from '../support/runPanelFixture';
import { trainedMethods, writeTrainingRun } from '../support/trainingFixture';

const chromium = await findPanelBrowser('the run panel');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let out: string;
  let full: RunPanelModel;
  let shown: PanelPage | undefined;
  beforeAll(async () => {
    browser = await chromium.launch();
    out = mkdtempSync(join(tmpdir(), 'transferscope-run-'));
    writeTrainingRun({ out, run: 'quickstart-2', running: 2 });
    full = await readRunPanel(out, 'quickstart-2', { stages: trainedMethods.map((id) => `${id}/seed-0`) });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(out, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });

  const open = async (model?: RunPanelModel, options: Partial<PanelPageOptions> = {}): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'run', width: 900, ...options });
    if (model) {
      await shown.show(model);
      await expect.poll(() => shown!.page.locator('.curve-chart').count()).toBe(model.charts.length);
    }
    return shown;
  };
  const intents = async (panel: PanelPage): Promise<RunPanelIntent[]> =>
    (await panel.messages()).flatMap(({ type, intent }) => (type === 'intent' ? [intent as RunPanelIntent] : []));
  const lastLook = async (panel: PanelPage) =>
    (await intents(panel)).flatMap((intent) => (intent.type === 'look' ? [intent.look] : [])).at(-1)!;
  const view = async (panel: PanelPage): Promise<RunPanelView> => (await panel.memory())!.view as RunPanelView;
  const card = (page: Page, metric: string) => page.locator(`.card[data-metric="${metric}"]`);
  const plot = (page: Page, metric: string) => card(page, metric).locator('.plot');

  it('says that it reads until there is a model, and why there is none', async () => {
    const panel = await open();
    expect(await panel.page.getByRole('status').first().innerText()).toBe('Reading the run …');
    await panel.fail('quickstart-2 is not in /w; it may have been deleted.');
    await expect.poll(() => panel.page.locator('#panel').innerText()).toContain('may have been deleted');
    await panel.show(full);
    expect(await panel.page.getByRole('heading', { level: 1 }).innerText()).toBe('quickstart-2');
  });

  it('draws a chart per metric with a line per series, marks and words', async () => {
    const { page } = await open(full);
    expect(await page.locator('.card h3').allInnerTexts()).toEqual(full.charts.map((chart) => chart.title));
    expect(await card(page, 'loss').locator('.lines path.line:not(.faint)').count()).toBe(3);
    expect(await card(page, 'loss').locator('.lines path.faint').count()).toBe(3);
    expect(await card(page, 'learningRate').locator('.lines path.faint').count()).toBe(0);
    expect(await card(page, 'loss').locator('.marks g').count()).toBe(3);
    expect(await page.locator('.happenings li').allInnerTexts()).toEqual([
      'queue full at step 50 (moco, exemplar)',
      'warm-up over, learning rate 0.05 at step 200 (supervised)',
      'resumed at step 600 (supervised)',
    ]);
    expect(await card(page, 'loss').locator('.explanation').innerText()).toContain('log(1,025) = 6.93');
    const progress = page.getByRole('progressbar');
    expect(await progress.getAttribute('aria-valuenow')).toBe(String(Math.round(100 * full.progress!)));
  });

  it('reads all lines at the step under the pointer, with one line through all charts', async () => {
    const { page } = await open(full);
    await plot(page, 'loss').hover({ position: { x: 200, y: 60 } });
    const box = card(page, 'loss').locator('.reading-box');
    await expect.poll(() => box.isVisible()).toBe(true);
    expect(await box.innerText()).toMatch(/^step [\d,]+ · epoch [\d.]+/);
    expect(await box.locator('.who').allInnerTexts()).toEqual(['supervised', 'moco', 'exemplar']);
    expect(await page.locator('.reading line').count()).toBe(full.charts.length);
    expect(await page.locator('.reading-box:visible').count()).toBe(1);
    const [inner, outer] = await Promise.all([box.boundingBox(), page.locator('body').boundingBox()]);
    expect(inner!.x).toBeGreaterThanOrEqual(outer!.x);
    await page.mouse.move(5, 5);
    await expect.poll(() => page.locator('.reading line').count()).toBe(0);
  });

  it('zooms all charts by a drag, asks for finer data, and keeps the zoom', async () => {
    const panel = await open(full);
    const { page } = panel;
    const before = await plot(page, 'knn').locator('.axis').first().textContent();
    const at = (await plot(page, 'loss').boundingBox())!;
    await page.mouse.move(at.x + 120, at.y + 50);
    await page.mouse.down();
    await page.mouse.move(at.x + 220, at.y + 60, { steps: 4 });
    expect(await card(page, 'loss').locator('.drag rect').count()).toBe(1);
    await page.mouse.up();
    await expect.poll(async () => (await lastLook(panel)).from).toBeGreaterThan(0);
    const { from, to, pixels } = await lastLook(panel);
    expect(to! - from!).toBeLessThan(600);
    expect(pixels).toBeGreaterThan(200);
    expect((await view(panel)).look).toMatchObject({ from, to });
    expect(await plot(page, 'knn').locator('.axis').first().textContent()).not.toBe(before);
    await page.getByText('Show All Steps').click();
    await expect.poll(async () => (await lastLook(panel)).from).toBeUndefined();
    expect(await plot(page, 'knn').locator('.axis').first().textContent()).toBe(before);
  });

  it('zooms and reads by keys and wheel, and says what is read', async () => {
    const panel = await open(full);
    const { page } = panel;
    await plot(page, 'loss').focus();
    await page.keyboard.press('+');
    await expect.poll(async () => (await lastLook(panel)).from).toBeGreaterThan(0);
    const zoomed = await lastLook(panel);
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(async () => (await lastLook(panel)).from).toBeGreaterThan(zoomed.from!);
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => page.locator('[aria-live]').allInnerTexts())
      .toContainEqual(expect.stringMatching(/^step \d+.*supervised .*moco .*exemplar/));
    await page.keyboard.press('Escape');
    expect(await page.locator('.reading line').count()).toBe(0);
    await page.keyboard.press('0');
    await expect.poll(async () => (await lastLook(panel)).from).toBeUndefined();
    await plot(page, 'loss').hover({ position: { x: 200, y: 60 } });
    await page.mouse.wheel(0, -200);
    await expect.poll(async () => (await lastLook(panel)).from).toBeGreaterThan(0);
  });

  it('leaves the wheel to the page over a chart without focus', async () => {
    const panel = await open(full, { height: 500 });
    await plot(panel.page, 'loss').hover({ position: { x: 200, y: 60 } });
    const seen = (await intents(panel)).length;
    await panel.page.mouse.wheel(0, 300);
    await expect.poll(() => panel.page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
    expect((await intents(panel)).length).toBe(seen);
  });

  it('switches lines off and on in the legend, alone with Shift, and keeps that', async () => {
    const panel = await open(full);
    const { page } = panel;
    const moco = page.getByRole('button', { name: 'moco', exact: true });
    await moco.click();
    await expect.poll(() => card(page, 'loss').locator('.lines path.line:not(.faint)').count()).toBe(2);
    expect(await moco.getAttribute('aria-pressed')).toBe('false');
    expect((await view(panel)).hidden).toHaveLength(1);
    await moco.click({ modifiers: ['Shift'] });
    await expect.poll(() => card(page, 'loss').locator('.lines path.line:not(.faint)').count()).toBe(1);
    await moco.click({ modifiers: ['Shift'] });
    await expect.poll(() => card(page, 'loss').locator('.lines path.line:not(.faint)').count()).toBe(3);
  });

  it('takes the log axis, smoothing and choice of stages to the host and keeps them', async () => {
    const panel = await open(full);
    const { page } = panel;
    const axis = () => plot(page, 'gradientNorm').locator('.lines path').first().getAttribute('d');
    const linear = await axis();
    await page.getByRole('button', { name: 'Gradient norm: log axis' }).click();
    expect(await axis()).not.toBe(linear);
    await page.getByLabel('Smoothing').fill('0.9');
    await expect.poll(async () => (await lastLook(panel)).smoothing).toBe(0.9);
    await page.locator('vscode-checkbox[aria-label="Curves of moco/seed-0"]').click();
    await expect.poll(async () => (await lastLook(panel)).stages).toEqual(['supervised/seed-0', 'exemplar/seed-0']);
    expect(await view(panel)).toMatchObject({ logarithmic: ['gradientNorm'], look: { smoothing: 0.9 } });
  });

  it('comes back as it was left, and asks for that before it says ready', async () => {
    const look = { pixels: 380, smoothing: 0.8, from: 300, to: 600, overlays: [] };
    const kept = { look, hidden: [full.series[0]!.id], logarithmic: ['loss'], level: 'warning', folded: ['load'] };
    const panel = await open(full, { memory: { target: {}, view: kept } });
    const { page } = panel;
    expect((await panel.messages())[0]).toMatchObject({ type: 'intent', intent: { type: 'look', look } });
    expect(await card(page, 'loss').locator('.lines path.line:not(.faint)').count()).toBe(2);
    expect(await page.getByLabel('Smoothing').inputValue()).toBe('0.8');
    expect(await page.locator('.log li').count()).toBe(3);
    expect(await page.locator('.load').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Loss: log axis' }).getAttribute('aria-pressed')).toBe('true');
  });

  it('sends what its buttons are for', async () => {
    const panel = await open(full);
    for (const name of ['Stop', 'Open Report', 'Reveal Folder', 'Add Run…', 'Export CSV'])
      await panel.page.getByText(name, { exact: true }).click();
    await panel.page.getByRole('button', { name: 'Loss: export as CSV' }).click();
    expect((await intents(panel)).filter(({ type }) => type !== 'look')).toEqual([
      { type: 'act', action: 'stop' },
      { type: 'act', action: 'openReport' },
      { type: 'act', action: 'revealRunFolder' },
      { type: 'addRun' },
      { type: 'exportCsv' },
      { type: 'exportCsv', metric: 'loss' },
    ]);
  });

  it('saves a chart as a picture with its title and legend, and is as before afterwards', async () => {
    const panel = await open(full);
    const { page } = panel;
    const saved = async (kind: string) =>
      (await panel.messages())
        .flatMap(({ type, file }) => (type === 'save' ? [file as { name: string; content: string }] : []))
        .find(({ name }) => name.endsWith(kind));
    await page.getByRole('button', { name: 'Loss: export as SVG' }).click();
    await page.getByRole('button', { name: 'Loss: export as PNG' }).click();
    await expect.poll(() => saved('png')).toBeDefined();
    const { name, content } = (await saved('svg'))!;
    expect(name).toBe('loss.svg');
    for (const text of ['Loss', 'supervised', 'moco', 'exemplar', 'stroke-dasharray']) expect(content).toContain(text);
    expect(
      Buffer.from((await saved('png'))!.content, 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(await page.locator('.export-legend').count()).toBe(0);
    expect(await plot(page, 'loss').locator('svg.curve-chart').getAttribute('height')).toBe('170');
  });

  it('draws a new model without losing focus, scroll and tables', async () => {
    const { page, show } = await open(full, { height: 500 });
    await page.getByRole('button', { name: 'Loss: as a table' }).click();
    expect(await card(page, 'loss').locator('tbody tr').count()).toBe(3);
    await plot(page, 'loss').focus();
    const scrolled = await page.evaluate(() => window.scrollY);
    await show({
      ...full,
      state: 'done',
      summary: 'done',
      actions: ['openReport'],
      log: full.log.slice(1),
      messages: ['x'],
    });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('plot');
    expect(await card(page, 'loss').locator('tbody tr').count()).toBe(3);
    expect(Math.abs((await page.evaluate(() => window.scrollY)) - scrolled)).toBeLessThan(80);
    await expect.poll(() => page.locator('[aria-live]').allInnerTexts()).toContainEqual('quickstart-2: done');
    expect(await page.getByText('Stop', { exact: true }).count()).toBe(0);
  });

  it('filters the log and follows its end unless the user has scrolled away', async () => {
    const log = Array.from({ length: 200 }, (_, i) => ({
      at: '2026-01-01T00:00:00.000Z',
      level: 'info' as const,
      message: `line ${i}`,
    }));
    const { page, show } = await open({ ...full, log });
    const list = page.getByRole('log');
    const fromEnd = () => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
    expect(await fromEnd()).toBeLessThan(2);
    const more = (count: number) => ({
      ...full,
      log: [...log.slice(count), ...Array.from({ length: count }, (_, i) => ({ ...log[0]!, message: `new ${i}` }))],
    });
    await show(more(5));
    expect(await fromEnd()).toBeLessThan(2);
    await list.evaluate((element) => (element.scrollTop = 0));
    await page.waitForTimeout(50);
    await show(more(10));
    expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
  });

  it('shows an empty run as such', async () => {
    const empty: RunPanelModel = { ...full, stages: [], series: [], charts: [], log: [], load: [], facts: [] };
    const { page } = await open(empty);
    const text = await page.locator('#panel').innerText();
    for (const sentence of [
      'No curves yet',
      'has planned nothing yet',
      'Nothing has been logged',
      'not told of its load',
    ])
      expect(text).toContain(sentence);
  });

  it('is accessible in every theme and clips nothing at 300 px', async () => {
    const { page } = await open(full, { width: 300, reducedMotion: true });
    await expectAccessible(page);
    await expectFits(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(300);
  });

  it('draws ten dense series under a moving pointer', async () => {
    const points = Array.from({ length: 1_000 }, (_, i) => i);
    const curve = (shift: number) => ({ x: points, y: points.map((x) => Math.sin(x / 30 + shift)) });
    const series = Array.from({ length: 10 }, (_, i) => ({
      id: `s${i}`,
      label: `series ${i}`,
      pretraining: `series ${i}`,
      colour: i,
      dash: 0,
      events: [],
    }));
    const charts = full.charts.slice(0, 6).map((chart) => ({
      ...chart,
      lines: series.map(({ id }, i) => ({ series: id, raw: curve(i), smooth: curve(i + 0.1) })),
    }));
    const { page } = await open({ ...full, series, charts, range: { from: 0, to: 1_000 } });
    await plot(page, 'loss').hover({ position: { x: 100, y: 60 } });
    const times = await page.evaluate(async () => {
      const target = document.querySelector<HTMLElement>('.plot')!;
      const box = target.getBoundingClientRect();
      const frames: number[] = [];
      for (let i = 0; i < 30; i++) {
        const start = performance.now();
        target.dispatchEvent(
          new PointerEvent('pointermove', { clientX: box.left + 60 + 5 * i, clientY: box.top + 50, bubbles: true }),
        );
        frames.push(performance.now() - start);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return frames.sort((a, b) => a - b);
    });
    expect(await page.locator('.plot').first().locator('path').count()).toBeGreaterThan(0);
    process.stdout.write(`a pointer over ten curves: median ${times[15]!.toFixed(1)} ms\n`);
  });
});
