/** The run panel on a detection that the real pipeline has trained: precision on the way, proposals, parts of the loss. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunPanelModel } from '../../src/shared/protocol/panels/runPanel';
import { runPipeline } from '../../src/worker/pipeline';
import { runTiny } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { findPanelBrowser } from '../support/panelBrowser';
import { openPanelPage } from '../support/panelPage';
import { readRunPanel } from '../support/runPanelFixture';

const chromium = await findPanelBrowser('the run panel of a detection');

const text = `name: tiny
seeds: [0]
runtime: wasm
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  scenes: { kind: emoji-scenes, size: 32, trainImages: 12, testImages: 4, objects: [1, 3], scale: [0.3, 0.6] }
pretrainings:
  - { id: random }
transfers:
  - id: detect
    task: detection
    data: scenes
    model: faster-rcnn-fpn
    batch: 4
    steps: 6
    logEvery: 1
    evaluateEvery: 2
    learningRate: 0.002
    anchorSizes: [8, 12, 16, 24, 32]
    rpnProposalsTrain: [60, 30]
    rpnProposalsTest: [40, 20]
    roiBatch: 16
`;

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  let folder: ReturnType<typeof makeFolder>;
  let model: RunPanelModel;
  beforeAll(async () => {
    browser = await chromium.launch();
    folder = makeFolder();
    const { outcome } = await runTiny(runPipeline, folder.path, { text });
    expect(outcome).toMatchObject({ state: 'done' });
    model = await readRunPanel(join(folder.path, 'out'), 'tiny-1');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    folder.remove();
  });

  const chart = (metric: string) => model.charts.find((one) => one.metric === metric);

  it('has a curve for every part of the loss, the proposals and the precision on the way', () => {
    expect(model.stages.map(({ label, hasCurves, isShown }) => ({ label, hasCurves, isShown }))).toEqual([
      { label: 'random, seed 0', hasCurves: false, isShown: false },
      { label: 'detect of random, seed 0', hasCurves: true, isShown: true },
    ]);
    const metrics = model.charts.map(({ metric }) => metric);
    const parts = ['loss_objectness', 'loss_rpn_box_reg', 'loss_classifier', 'loss_box_reg'];
    expect(metrics.slice(0, 2)).toEqual(['loss', 'ap']);
    expect(metrics).toEqual(expect.arrayContaining(['ap50', 'proposalRecall', 'learningRate', ...parts]));
    for (const metric of ['loss', 'proposalRecall', ...parts])
      expect(chart(metric)!.lines[0]!.raw.x, metric).toEqual([1, 2, 3, 4, 5, 6]);
    // The last step is scored by the record.
    expect(chart('ap')!.lines[0]).toMatchObject({ raw: { x: [2, 4] } });
    expect(chart('ap')!.lines[0]!.smooth).toBeUndefined();
    for (const { title, metric, explanation } of model.charts) {
      expect(title, metric).not.toBe(metric);
      expect(explanation, metric).not.toContain('Logged as');
    }
    const sum = parts.reduce((all, metric) => all + chart(metric)!.lines[0]!.raw.y[5]!, 0);
    expect(chart('loss')!.lines[0]!.raw.y[5]!).toBeCloseTo(sum, 3);
  });

  it('draws them', async () => {
    const panel = await openPanelPage(browser, { panel: 'run', width: 900 });
    await panel.show(model);
    await expect.poll(() => panel.page.locator('.curve-chart').count()).toBe(model.charts.length);
    expect(await panel.page.locator('.card h3').allInnerTexts()).toEqual(model.charts.map(({ title }) => title));
    const recall = panel.page.locator('.card[data-metric="proposalRecall"]');
    expect(await recall.locator('.lines path.line').count()).toBeGreaterThan(0);
    expect(await recall.locator('.explanation').innerText()).toContain('any proposal overlaps by half');
    const marks = panel.page.locator('.card[data-metric="ap"] .lines path.line');
    expect(await marks.getAttribute('d')).toMatch(/^M.+L/);
    await panel.page.close();
  });
});
