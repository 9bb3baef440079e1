/** The Predictions panel in a real editor: reads stages' files under the page's policy, for each task; survives a reload. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeEpisodeFiles, makeLandmarkFiles, makeSegmentationFiles } from '../support/predictionsFixture';
import { writeTransferRun, type TransferRun } from '../support/transferRun';
import { describeInEditor } from './support/useEditor';

const study = `name: scenes
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

describeInEditor('the Predictions panel', { files: { 'scenes.transfer.yaml': study } }, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  /** The Results view of the side bar is a webview too; which is first depends on which was there first. */
  let place = 0;
  const panel = () => editor().workbench.webview(place);
  const findPanel = async (selector: string): Promise<void> => {
    const { workbench } = editor();
    const isThere = async (): Promise<boolean> => {
      const count = await workbench.page.locator('iframe.webview.ready').count();
      for (place = 0; place < count; place++) if ((await panel().locator(selector).count()) > 0) return true;
      return false;
    };
    await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
  };
  const writeRun = (transfer: string, stages: TransferRun['stages']): void => {
    const result = {
      ...{ task: transfer, data: 'scenes', testImages: 12, classes: 9 },
      headline: { metric: 'accuracy', layer: '', value: 0.5 },
    };
    const file = inWorkspace('scenes.transfer.yaml');
    writeTransferRun(inWorkspace('.transferscope'), { run: `${transfer}-1`, file, transfer, result, stages });
  };
  const openPanel = async (run: string, selector: string): Promise<void> => {
    const { workbench } = editor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Open Predictions Panel');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: run }).first().click();
    await rows.filter({ hasText: 'moco' }).first().click();
    await findPanel(selector);
  };
  const colours = () =>
    panel()
      .locator('canvas')
      .first()
      .evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });

  it('opens a segmentation with its pictures, coloured by its worker', async () => {
    const { workbench } = editor();
    writeRun('maps', { moco: await makeSegmentationFiles(12, 0.8), random: await makeSegmentationFiles(12, 0.2) });
    writeRun('faces', { moco: await makeLandmarkFiles(12, 0.8), random: await makeLandmarkFiles(12, 0.2) });
    writeRun('shots', { moco: await makeEpisodeFiles(12, 0.8), random: await makeEpisodeFiles(12, 0.2) });
    await workbench.openFile('scenes.transfer.yaml');
    await workbench.openView('Transferscope');
    for (const run of ['maps-1', 'faces-1', 'shots-1'])
      await workbench.page.locator('.pane-body .monaco-list-row', { hasText: run }).first().waitFor();
    await openPanel('maps-1', '.classes tbody tr');
    expect(await panel().locator('h1').innerText()).toBe('maps: moco');
    await expect.poll(colours, { timeout: 30_000 }).toBeGreaterThan(500);
    await panel().getByRole('tab', { name: 'Confusion' }).click();
    await panel().locator('.confusion tbody button').first().click();
    await panel().locator('.cell-filter:visible').waitFor();
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'maps.png') });
  });

  it('opens landmarks, compares and keeps its view over a reload of the window', async () => {
    const { workbench } = editor();
    await workbench.closeEditors();
    await workbench.openFile('scenes.transfer.yaml');
    await openPanel('faces-1', '.summary td');
    await expect.poll(colours, { timeout: 30_000 }).toBeGreaterThan(500);
    await panel().getByRole('combobox', { name: 'Compare with' }).click();
    await panel().getByRole('option', { name: 'random, seed 0' }).click();
    await expect.poll(() => panel().locator('.summary thead th').count()).toBe(3);
    await panel().getByRole('tab', { name: 'Landmarks' }).click();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await findPanel('.budget-row');
    expect(await panel().locator('.summary thead th').count()).toBe(3);
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'faces.png') });
  });

  it('opens few-shot episodes', async () => {
    const { workbench } = editor();
    await workbench.closeEditors();
    await workbench.openFile('scenes.transfer.yaml');
    await openPanel('shots-1', '.query');
    await expect.poll(colours, { timeout: 30_000 }).toBeGreaterThan(500);
    await panel().locator('.query').nth(3).click();
    await panel().locator('.neighbours li').first().waitFor();
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'shots.png') });
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
