/** The Predictions panel of one kind in a real browser, for each test anew, over the files of a good and of a bad stage. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  defaultPredictionsView,
  type PredictionsKind,
  type PredictionsModel,
  type PredictionsView,
} from '../../../src/shared/protocol/panels/predictionsPanel';
import { bundlePanelWorker } from '../../support/detectionsFixture';
import type { PanelBrowser } from '../../support/panelBrowser';
import { expectAccessible } from '../../support/accessibility';
import { expectFits } from '../../support/layout';
import { openPanelPage, type PanelPage, type PanelPageOptions } from '../../support/panelPage';
import {
  makeEpisodeFiles,
  makeLandmarkFiles,
  makeSegmentationFiles,
  predictionsModel,
  serveStages,
} from '../../support/predictionsFixture';
import type { StageFiles } from '../../support/transferRun';

type PageOptions = Partial<PanelPageOptions> & {
  files?: Readonly<Record<string, StageFiles>>;
  changes?: Partial<PredictionsModel>;
};

export interface PredictionsPages {
  /** Of the pretrainings `moco`, which is good, and `random`, which is not. */
  readonly files: Readonly<Record<'moco' | 'random', StageFiles>>;
  /** Address of the panel's worker. */
  readonly worker: string;
  open(view?: Partial<PredictionsView>, options?: PageOptions): Promise<PanelPage>;
}

const makeFiles = { segmentation: makeSegmentationFiles, landmarks: makeLandmarkFiles, episodes: makeEpisodeFiles };

export function predictionsPages(chromium: PanelBrowser, kind: PredictionsKind): PredictionsPages {
  let browser: Browser;
  let shown: PanelPage | undefined;
  let worker = '';
  let files: PredictionsPages['files'];
  beforeAll(async () => {
    browser = await chromium.launch();
    worker = await bundlePanelWorker('predictions');
    files = { moco: await makeFiles[kind](12, 0.8), random: await makeFiles[kind](12, 0.2) };
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    await shown?.page.close();
    shown = undefined;
  });
  return {
    get files() {
      return files;
    },
    get worker() {
      return worker;
    },
    async open(view = {}, { files: served = files, changes, ...options } = {}) {
      const memory = { target: {}, view };
      shown = await openPanelPage(browser, { panel: 'predictions', width: 1200, memory, ...options });
      await serveStages(shown, served);
      await shown.show(predictionsModel(kind, worker, changes));
      await shown.page.locator('.summary td, .status.problem').first().waitFor();
      return shown;
    },
  };
}

/** A figure of the summary. */
export function cell(page: Page, row: number, column = 0): Locator {
  return page.locator('.summary tbody tr').nth(row).locator('td').nth(column);
}

export function percent(value: number): string {
  return (100 * value).toFixed(1);
}

export async function savedFiles(panel: PanelPage): Promise<{ name: string; content: string }[]> {
  return (await panel.messages()).flatMap((message) =>
    message.type === 'save' ? [message.file as { name: string; content: string }] : [],
  );
}

/** Every control has a name, and a narrow panel with long names clips nothing. */
export function testNarrowPanel(panels: PredictionsPages, kind: PredictionsKind): void {
  it('names every control, and clips nothing at 300 px', async () => {
    const long = 'a pretraining with a name that is far longer than any panel is wide, seed 0';
    const changes = {
      title: `${long}: ${long.replaceAll(' ', '-')}`,
      others: [{ ...predictionsModel(kind, panels.worker).others[0]!, name: long }],
    };
    const segmentation = { ...defaultPredictionsView.segmentation, tab: 'confusion' as const };
    const { page } = await panels.open({ other: 'random', segmentation }, { width: 300, changes });
    await expectAccessible(page);
    await expectFits(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(300);
  });
}
