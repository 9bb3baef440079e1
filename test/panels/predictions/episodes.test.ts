/** Few-shot episodes in the Predictions panel, in a real browser: supports, queries, steps, tables. */
import { describe, expect, it } from 'vitest';
import { defaultPredictionsView, type PredictionsView } from '../../../src/shared/protocol/panels/predictionsPanel';
import { decodeEpisodes } from '../../../src/shared/results/episodes';
import { findPanelBrowser } from '../../support/panelBrowser';
import { cell, predictionsPages, savedFiles, testNarrowPanel } from './predictionsPages';

const chromium = await findPanelBrowser('episodes in the Predictions panel');
const { episodes: steps } = defaultPredictionsView;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  const panels = predictionsPages(chromium, 'episodes');

  const results = () => {
    const { 'episodes.json': json, 'episodes.safetensors': arrays } = panels.files.moco!;
    return decodeEpisodes(json!, arrays!);
  };

  it('shows supports and queries with what they were taken for', async () => {
    const { page } = await panels.open();
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
    const panel = await panels.open({ episodes: { ...steps, order: 'worst', episode: 0 } });
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
    const { page } = await panels.open();
    expect(await cell(page, 1).textContent()).toMatch(/^\d+\.\d ± \d+\.\d$/);
    await page.locator('[data-layer=layer3]').click();
    expect(await page.locator('.chart-heading').textContent()).toBe('Accuracy over episodes, layer3');
    const bars = await page
      .locator('.count-bar')
      .evaluateAll((nodes) => nodes.map((bar) => bar.getAttribute('height')));
    expect(bars.filter((height) => Number(height) > 0).length).toBeGreaterThan(1);
  });

  it('saves chart and tables', async () => {
    const panel = await panels.open();
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

  testNarrowPanel(panels, 'episodes');
});
