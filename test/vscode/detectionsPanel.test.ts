/** The Detections panel in a real editor: reads a run's files under the page's policy, judges them, survives a reload. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeDetectionFiles, writeDetectionsRun } from '../support/detectionsFixture';
import { describeInEditor } from './support/useEditor';

const study = `name: scenes
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

describeInEditor('the Detections panel', { files: { 'scenes.transfer.yaml': study } }, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  /** The Results view of the side bar is a webview too; which is first depends on which was there first. */
  let place = 0;
  const panel = () => editor().workbench.webview(place);
  const findPanel = async (): Promise<void> => {
    const { workbench } = editor();
    await expect
      .poll(
        async () => {
          const count = await workbench.page.locator('iframe.webview.ready').count();
          for (place = 0; place < count; place++) if ((await panel().locator('.controls').count()) > 0) return true;
          return false;
        },
        { timeout: 60_000 },
      )
      .toBe(true);
  };

  it('opens a run’s detections with their images and figures', async () => {
    const { workbench } = editor();
    const files = await makeDetectionFiles(12, [0.9, 0.3]);
    const file = inWorkspace('scenes.transfer.yaml');
    writeDetectionsRun(inWorkspace('.transferscope'), {
      run: 'scenes-1',
      file,
      files,
      pretrainings: ['moco', 'random'],
    });
    await workbench.openFile('scenes.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'scenes-1' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Open Detections Panel');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'moco' }).first().click();
    await findPanel();
    await panel().locator('.budget-row .bar').first().waitFor({ timeout: 30_000 });
    expect(await panel().locator('h1').innerText()).toBe('scenes: moco');
    expect(await panel().locator('.count').innerText()).toBe('12 images');
    // A picture has many colours; the ground that stands for a missing one has one.
    const colours = () =>
      panel()
        .locator('.tile canvas')
        .first()
        .evaluate((node) => {
          const canvas = node as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
    await expect.poll(colours, { timeout: 15_000 }).toBeGreaterThan(1000);
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'detections.png') });
  });

  it('compares with another pretraining, with intervals', async () => {
    await panel().getByRole('combobox', { name: 'Compare with' }).click();
    await panel().getByRole('option', { name: 'random, seed 0' }).click();
    await panel().locator('.summary .interval').waitFor({ timeout: 30_000 });
    await panel().locator('.budget-row').first().click();
    await expect.poll(() => panel().locator('.count').innerText()).toMatch(/of 12 images/);
  });

  it('keeps its view over a reload of the window', async () => {
    const { workbench } = editor();
    await panel().getByRole('tab', { name: 'Classes' }).click();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await findPanel();
    await panel().locator('.classes tbody tr').first().waitFor({ timeout: 40_000 });
    expect(await panel().getByRole('tab', { selected: true }).innerText()).toBe('Classes');
    expect(await panel().locator('.summary thead th').count()).toBe(3);
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
