/** The Weights panel in a real editor: a file is read by a process of its own, compared, mapped by a button, followed on disk. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { BackboneConfig } from '../../src/shared/experiment/layers';
import { backboneShapes } from '../../src/shared/weights/fitBackbone';
import { encodeCheckpoint } from '../support/weightFiles';
import { describeInEditor } from './support/useEditor';

const backbone: BackboneConfig = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] };

const experiment = `name: imports
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - id: odd
    weights: weights/odd.safetensors
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

describeInEditor('the Weights panel', { files: { 'imports.transfer.yaml': experiment } }, (editor) => {
  const write = (name: string, prefix: string, width = 4): void => {
    const folder = path.join(editor().server.workspace, 'weights');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), encodeCheckpoint(backboneShapes({ ...backbone, width }), prefix));
  };
  let panel: Awaited<ReturnType<ReturnType<typeof editor>['workbench']['webviewWith']>>;
  const findPanel = async (): Promise<void> => {
    panel = await editor().workbench.webviewWith('.tensor-list .list-row');
  };

  it('opens from the lens above an import, and measures every tensor', async () => {
    const { workbench } = editor();
    write('odd.safetensors', 'wrapped.network.');
    await workbench.openFile('imports.transfer.yaml');
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Show weights' }).click();
    await findPanel();
    expect(await panel.locator('h1').innerText()).toBe('odd.safetensors');
    await expect.poll(() => panel.locator('.state').innerText(), { timeout: 60_000 }).toContain('all tensors measured');
    expect(await panel.locator('.count').innerText()).toBe('120 tensors');
    expect(await panel.locator('.list-row[aria-rowindex="2"] .zeros').innerText()).toBe('100 %');
    expect(await panel.locator('.verdict').innerText()).toBe('No backbone was found under a known name.');
  });

  it('writes the likeliest prefix into the experiment, and lists what fits then', async () => {
    expect(await panel.locator('.proposals code').first().innerText()).toBe('wrapped.network.');
    await panel.locator('.proposals vscode-button').first().click();
    await expect
      .poll(() => panel.locator('.verdict').innerText(), { timeout: 60_000 })
      .toContain('100 of 100 weights of resnet18 (width 4, stem small) matched: it fits.');
    const file = path.join(editor().server.workspace, 'imports.transfer.yaml');
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('    prefix: wrapped.network.\n');
  });

  it('follows the file on disk', async () => {
    write('odd.safetensors', 'wrapped.network.', 8);
    await expect
      .poll(() => panel.locator('.verdict').innerText(), { timeout: 60_000 })
      .toContain('it does not fit (100 of another shape)');
  });

  it('keeps its view over a reload of the window', async () => {
    const { workbench } = editor();
    await panel.locator('.filter').fill('layer3');
    await expect.poll(() => panel.locator('.count').innerText()).toMatch(/^\d+ of 120 tensors$/);
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await findPanel();
    await expect.poll(() => panel.locator('.count').innerText(), { timeout: 60_000 }).toMatch(/^\d+ of 120 tensors$/);
  });

  it('says what is wrong with a file that is none', async () => {
    const odd = path.join(editor().server.workspace, 'weights', 'odd.safetensors');
    const alert = panel.getByRole('alert').filter({ hasText: 'is a web page, not a weight file' });
    // A window that has just been reloaded hears of files a little later.
    for (let tries = 12; tries > 0 && !(await alert.isVisible()); tries--) {
      writeFileSync(odd, '<!doctype html><html></html>');
      await alert.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    expect(await alert.isVisible()).toBe(true);
  });

  it('opens another file as a tab over the first, and imports it into the experiment', async () => {
    const { workbench } = editor();
    const { page } = workbench;
    write('Net_2.tar.safetensors', '');
    await workbench.command('Transferscope: Open Weights…');
    const row = workbench.quickRows.filter({ hasText: 'Net_2.tar.safetensors' });
    // The dialogue puts its first folder into the input when it has read it, perhaps after what is typed here.
    for (let tries = 12; tries > 0 && !(await row.isVisible()); tries--) {
      await workbench.quickInput.fill(path.join(editor().server.workspace, 'weights', '/'));
      await row.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await row.click();
    panel = await workbench.webviewWith('h1:has-text("Net_2.tar.safetensors")');
    expect(await page.locator('.editor-group-container').count()).toBe(2);
    await panel.locator('vscode-button', { hasText: 'Import into an experiment…' }).click();
    await expect
      .poll(() => panel.locator('.state').innerText())
      .toContain('Imported by net-2 of imports.transfer.yaml');
    expect(await workbench.visibleText()).toContain('  - { id: net-2, weights: weights/Net_2.tar.safetensors }');
    expect(await panel.locator('vscode-button', { hasText: 'Import into' }).isVisible()).toBe(false);
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
