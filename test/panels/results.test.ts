/** The Results view in a real browser: what is drawn, what a click and a key send, what is kept, what screen readers get. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPanelBrowser } from '../support/panelBrowser';
import { expectAccessible } from '../support/accessibility';
import { expectFits } from '../support/layout';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../support/panelPage';
import { createFullFixture, createResultsFixture, underWay } from '../support/resultsFixture';

const chromium = await findPanelBrowser('the Results view');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let shown: PanelPage | undefined;
  beforeAll(async () => {
    browser = await chromium.launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  const open = async (model: unknown, options: Partial<PanelPageOptions> = {}): Promise<PanelPage> => {
    shown = await openPanelPage(browser, { panel: 'results', width: 300, height: 600, ...options });
    if (model !== undefined) await shown.show(model);
    return shown;
  };
  const intents = async ({ messages }: PanelPage) =>
    (await messages()).flatMap((message) => (message.type === 'intent' ? [message.intent as { type: string }] : []));
  const cell = (page: Page, pretraining: string, transfer: string) =>
    page.locator(`[data-pretraining="${pretraining}"][data-transfer="${transfer}"]`);
  const running = () =>
    createResultsFixture({ state: 'running', statuses: underWay, isTraining: true, changed: ['supervised'] });
  const target = { out: '/w/.transferscope', run: 'quickstart-1' };

  it('says that it reads until there is a model, and why there is none', async () => {
    const panel = await open(undefined);
    await expect.poll(() => panel.page.locator('#panel').innerText()).toBe('Reading results …');
    await panel.fail('the disk is gone');
    await expect
      .poll(() => panel.page.getByRole('alert').innerText())
      .toBe('Results cannot be shown: the disk is gone');
    await panel.show(createResultsFixture());
    expect(await panel.page.getByRole('alert').count()).toBe(0);
    expect(await panel.page.getByRole('heading', { name: 'quickstart' }).count()).toBe(1);
  });

  it('shows costs by one click as columns that open nothing, by keys too', async () => {
    const panel = await open(createResultsFixture(), { width: 1200 });
    const { page } = panel;
    expect(await page.locator('.column.cost').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Costs' }).click();
    const seconds = cell(page, 'moco', 'cost seconds');
    await expect.poll(() => seconds.locator('.value').innerText()).toMatch(/ (ms|s|min|h)$/);
    expect(await page.locator('.column.cost').allInnerTexts()).toContain('parameters');
    await seconds.click();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowRight');
    expect(await intents(panel)).toEqual([]);
    const selected = (await panel.messages()).filter(({ type }) => type === 'select');
    expect(selected.at(-1)).toMatchObject({ change: { pretraining: 'moco', transfer: null } });
    expect(await panel.memory()).toMatchObject({ view: { showsCosts: true } });
    await expectAccessible(page);
  });

  it('without a file offers to make or open one', async () => {
    const panel = await open({ kind: 'empty' });
    await panel.page.getByRole('button', { name: 'New Experiment…' }).click();
    await panel.page.getByRole('button', { name: 'Open Experiment…' }).click();
    expect(await intents(panel)).toEqual([{ type: 'newExperiment' }, { type: 'openExperiment' }]);
  });

  it('draws every pair with its state, figure, best and stale marks', async () => {
    const model = running();
    const { page } = await open(model);
    const drawn = await page.locator('.cell').evaluateAll((cells) =>
      cells.map((node) => ({
        value: node.querySelector('.value')!.textContent,
        interval: node.querySelector('.interval')!.textContent,
        isBest: node.classList.contains('best'),
        isStale: node.classList.contains('stale'),
        title: node.getAttribute('aria-label'),
        icon: node.querySelector('.detail svg')!.getAttribute('class'),
      })),
    );
    const cells = model.rows.flatMap((row) => row.cells);
    expect(drawn.map(({ icon: _, ...rest }) => rest)).toEqual(
      cells.map(({ value = '', interval = '', isBest, isStale, title: said }) => ({
        value,
        interval,
        isBest,
        isStale,
        title: said,
      })),
    );
    expect(drawn[6]!.icon).toContain('icon-running');
    expect(drawn[4]!.icon).toContain('icon-stale');
    expect(drawn[0]!.icon).toContain('icon-reused');
    expect(drawn[8]!.icon).toContain('icon-skipped');
  });

  it('says in its grid what it says in its figures', async () => {
    const { page } = await open(createResultsFixture({ state: 'failed', statuses: underWay }));
    await page.getByRole('grid', { name: 'Results of quickstart in percent: pretrainings by transfers' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(5);
    expect(await page.getByRole('gridcell').count()).toBe(16);
    const name = page.getByRole('rowheader', { name: /^moco: failed/ });
    expect(await name.getAttribute('title')).toContain('the loss became NaN at step 340; lower learningRate (0.6)');
    expect(await page.getByRole('status').textContent()).toContain('quickstart-1 failed');
  });

  it('draws progress, time and curves of what runs', async () => {
    const { page } = await open(running());
    const bars = page.getByRole('progressbar');
    expect(await bars.evaluateAll((all) => all.map((bar) => bar.getAttribute('aria-valuenow')))).toEqual(['57', '68']);
    const loss = page.getByRole('img', { name: /^loss of moco\/seed-0: 1.25 at step 800, from 4.1/ });
    expect(await loss.locator('.line').getAttribute('d')).toMatch(/^M3,/);
    expect(await page.locator('.curve').count()).toBe(2);
  });

  it('sends what buttons and links are for', async () => {
    const model = createResultsFixture({ state: 'stopped', input: { problems: { errors: 1, warnings: 0 } } });
    const panel = await open(model);
    for (const name of ['Resume', 'Run', 'Curves', 'Log', '1 error', 'quickstart'])
      await panel.page.getByRole('button', { name, exact: true }).click();
    expect(await intents(panel)).toEqual([
      { type: 'resume' },
      { type: 'run' },
      { type: 'openRun', target },
      { type: 'showLog', target },
      { type: 'showProblems' },
      { type: 'openFile' },
    ]);
    await panel.show(running());
    await panel.page.getByRole('button', { name: 'Stop' }).click();
    await panel.page.getByRole('button', { name: 'moco/seed-0' }).click();
    expect((await intents(panel)).slice(6)).toEqual([{ type: 'stop' }, { type: 'openRun', target }]);
    expect(await panel.page.getByRole('button', { name: 'Run', exact: true }).count()).toBe(0);
  });

  it('clicks reveal lines, open panels and logs', async () => {
    const panel = await open(running());
    await panel.page.getByRole('rowheader', { name: /^moco/ }).click();
    await panel.page.getByRole('columnheader', { name: /^probe/ }).click();
    await cell(panel.page, 'random', 'probe').click();
    await cell(panel.page, 'moco', 'probe').click();
    await cell(panel.page, 'exemplar', 'probe').click();
    await cell(panel.page, 'supervised', 'same-emoji').locator('.icon-running').click();
    expect(await intents(panel)).toEqual([
      { type: 'reveal', id: 'moco' },
      { type: 'reveal', id: 'probe' },
      { type: 'openTransfer', target, pretraining: 'random', transfer: 'probe' },
      { type: 'showLog', target },
      { type: 'openRun', target },
    ]);
  });

  it('is walked with arrows, and remembers where', async () => {
    const panel = await open(createResultsFixture());
    const focused = () =>
      panel.page.evaluate(() => {
        const { pretraining, transfer } = (document.activeElement as HTMLElement).dataset;
        return `${pretraining}/${transfer}`;
      });
    const { keyboard } = panel.page;
    await panel.page.getByRole('button', { name: 'Log' }).focus();
    // Past the checkbox of costs.
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    const places = [await focused()];
    for (const key of [
      'ArrowRight',
      'ArrowDown',
      'End',
      'ArrowRight',
      'Control+Home',
      'ArrowUp',
      'ArrowLeft',
      'Control+End',
      'Home',
    ]) {
      await keyboard.press(key);
      places.push(await focused());
    }
    expect(places).toEqual([
      'random/probe',
      'random/neighbours',
      'supervised/neighbours',
      'supervised/digits-probe',
      'supervised/digits-probe',
      '/probe',
      '/probe',
      '/probe',
      'exemplar/digits-probe',
      'exemplar/',
    ]);
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    const sent = await intents(panel);
    expect(sent.at(-1)).toEqual({ type: 'openTransfer', target, pretraining: 'exemplar', transfer: 'probe' });
    expect(await panel.selected()).toEqual({ pretraining: 'exemplar', transfer: 'probe' });
    expect(await panel.page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
    const memory = await panel.memory();
    expect(memory).toMatchObject({ view: { cursor: { pretraining: 'exemplar', transfer: 'probe' } } });
    const again = await open(createResultsFixture(), { memory });
    expect(await cell(again.page, 'exemplar', 'probe').getAttribute('tabindex')).toBe('0');
  });

  it('keeps focus, scroll and elements when figures change', async () => {
    const panel = await open(createResultsFixture({ state: 'running', statuses: underWay }), { height: 300 });
    const probe = cell(panel.page, 'supervised', 'probe');
    await probe.focus();
    await probe.evaluate((node) => Object.assign(node, { isMarked: true }));
    await panel.page.evaluate(() => window.scrollTo(0, 40));
    await panel.show(running());
    expect(await probe.evaluate((node) => node === document.activeElement && 'isMarked' in node)).toBe(true);
    expect(await panel.page.evaluate(() => window.scrollY)).toBe(40);
    expect(await probe.getAttribute('class')).toContain('stale');
    await expect.poll(async () => (await panel.memory())?.view).toMatchObject({ scroll: { top: 40 } });
  });

  it('highlights what the cursor or another panel chose', async () => {
    const chosen = (selection: object) => createResultsFixture({ input: { selection } });
    const panel = await open(chosen({ pretraining: 'moco' }));
    const count = () => panel.page.locator('[aria-selected=true]').count();
    expect(await count()).toBe(5);
    await panel.show(chosen({ transfer: 'probe' }));
    expect(await count()).toBe(5);
    await panel.show(chosen({ pretraining: 'moco', transfer: 'probe' }));
    expect(await count()).toBe(3);
    expect(await cell(panel.page, 'moco', 'probe').getAttribute('class')).toContain('highlight');
  });

  it('tells the context menu what it stands on', async () => {
    const { page } = await open(createResultsFixture());
    const context = async (pretraining: string, transfer: string): Promise<unknown> =>
      JSON.parse((await cell(page, pretraining, transfer).getAttribute('data-vscode-context')) ?? 'null');
    const file = 'file:///w/quickstart.transfer.yaml';
    expect(await context('moco', '')).toMatchObject({ webviewSection: 'entry', file, ids: ['moco'] });
    expect(await context('', 'probe')).toMatchObject({ webviewSection: 'entry', file, ids: ['probe'] });
    expect(await context('moco', 'probe')).toMatchObject({
      webviewSection: 'cell',
      ids: ['moco/probe'],
      hasRun: true,
      target: { type: 'run', ...target },
    });
  });

  it('folds its findings and keeps them folded', async () => {
    const panel = await open(createResultsFixture());
    expect(await panel.page.locator('.findings-list li').first().innerText()).toMatch(
      /^probe: supervised is best at layer4/,
    );
    await panel.page.getByText('Findings').click();
    await expect.poll(async () => (await panel.memory())?.view).toMatchObject({ isFindingsOpen: false });
    const again = await open(createResultsFixture(), { memory: await panel.memory() });
    expect(await again.page.locator('.findings-list').isVisible()).toBe(false);
  });

  it.each([
    ['narrow', 300],
    ['wide', 1000],
  ])('has no text outside its box with 12 × 8 long names: %s', async (_, width) => {
    const { page } = await open(createFullFixture(), { width });
    const spilled = await page.evaluate(() => {
      const found: string[] = [];
      for (const node of document.querySelectorAll<HTMLElement>('.cell, .name, .column, header, .findings li')) {
        const box = node.getBoundingClientRect();
        for (const child of node.querySelectorAll<HTMLElement>('span:not(.name-head):not(.column-name), b')) {
          const inner = child.getBoundingClientRect();
          if (inner.width > 0 && (inner.right > box.right + 1 || inner.left < box.left - 1))
            found.push(`${node.className}: ${child.textContent}`);
        }
      }
      return found;
    });
    expect(spilled).toEqual([]);
    // What scrolls sideways is the grid, not the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    const last = cell(page, 'exemplar-supervised-v2-on-emoji-with-a-long-name-and-take-11', 'digits-probe');
    await last.focus();
    expect(await last.getAttribute('title')).toContain(
      'exemplar-supervised-v2-on-emoji-with-a-long-name-and-take-11, digits-probe:',
    );
  });

  it('every control has a name', async () => {
    const { page } = await open(running());
    await expectAccessible(page);
    await expectFits(page);
  });

  it('draws a model of 12 × 8 again and again', async () => {
    const panel = await open(createFullFixture());
    const models = [createFullFixture({ changed: ['probe'] }), createFullFixture()];
    const times = await panel.page.evaluate(async (all) => {
      const taken: number[] = [];
      for (let i = 0; i < 10; i++) {
        const at = performance.now();
        window.dispatchEvent(new MessageEvent('message', { data: { type: 'model', target: {}, model: all[i % 2] } }));
        taken.push(performance.now() - at);
        await new Promise(requestAnimationFrame);
      }
      return taken.sort((a, b) => a - b);
    }, models);
    process.stdout.write(`a model of 12 × 8: median ${times[5]!.toFixed(1)} ms\n`);
    expect(await panel.page.locator('.cell').count()).toBe(12 * 8);
  });
});
