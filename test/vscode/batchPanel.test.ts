/** The Batch panel in a real editor: opened from the lens, real updates of a real worker, its death, and a reload of the window. */
import { expect, it } from 'vitest';
import { describeInEditor } from './support/useEditor';

const experiment = `name: look
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: moco, method: moco, data: emoji, queue: 64, batch: 16, epochs: 1 }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;
const options = { files: { 'look.transfer.yaml': experiment }, settings: { 'transferscope.runtime': 'wasm' } };
/** A first update on a busy machine. */
const patient = { timeout: 120_000 };

describeInEditor('the Batch panel', options, (editor) => {
  const panel = () => editor().workbench.panelWebview();
  const button = (name: string) => panel().getByRole('button', { name, exact: true });

  it('opens from the lens and makes the first update by itself, with its pictures', async () => {
    const { workbench } = editor();
    await workbench.openFile('look.transfer.yaml');
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Debug one batch' }).first().click();
    await panel().locator('.tile canvas').first().waitFor(patient);
    expect(await panel().locator('h1').innerText()).toBe('moco, seed 0');
    expect(await panel().locator('[role=tab]').allInnerTexts()).toEqual([
      expect.stringContaining('Images (16)'),
      expect.stringContaining('Layers ('),
      expect.stringContaining('Parameters ('),
    ]);
    const colours = () =>
      panel()
        .locator('.tile canvas')
        .first()
        .evaluate((node) => {
          const canvas = node as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
    await expect.poll(colours, patient).toBeGreaterThan(20);
  });

  it('steps again, and shows layers with gradients beside the first update', async () => {
    await button('Step').click();
    await panel().locator('.looking', { hasText: 'newest (2)' }).waitFor(patient);
    await panel()
      .getByRole('tab', { name: /Layers/ })
      .click();
    await panel().locator('.depth-lines .line').nth(1).waitFor();
    await panel().getByRole('grid').press('End');
    expect(await panel().locator('.detail:visible .figures').innerText()).toMatch(/Shape[^]*Output/);
    if (process.env.SHOTS) await editor().workbench.page.screenshot({ path: `${process.env.SHOTS}/batch.png` });
  });

  it('is begun again when it was cancelled, and waits to be started after a reload of the window', async () => {
    const { workbench } = editor();
    await button('Start Over').click();
    await panel().locator('.looking', { hasText: 'newest (1)' }).waitFor(patient);
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await button('Start').click({ timeout: 60_000 });
    await panel().locator('.looking', { hasText: 'newest (1)' }).waitFor(patient);
    expect(await panel().getByRole('tab', { selected: true }).innerText()).toContain('Layers');
  });

  it('attaches the editor’s debugger to the worker', async () => {
    const { workbench } = editor();
    await button('Attach Debugger').click();
    await workbench.page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await workbench.command('Debug: Disconnect');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
