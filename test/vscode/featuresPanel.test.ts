/** The Features panel in a real editor: reads stages' files under the page's policy, starts an analysis, survives a reload. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeFeaturesFiles, writeFeaturesRun } from '../support/featuresFixture';
import { describeInEditor } from './support/useEditor';

const study = `name: why
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
`;
const options = {
  files: { 'why.transfer.yaml': study },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
};

describeInEditor('the Features panel', options, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const panel = () => editor().workbench.panelWebview();
  const press = (name: string) => panel().locator('vscode-button', { hasText: name }).first().click();

  it('opens for the experiment in front, with pictures and maps', async () => {
    const { workbench } = editor();
    const kinds = ['inversion', 'activations'] as const;
    const stages = await Promise.all(
      kinds.map(async (kind) => ({ kind, pretraining: 'random', files: await makeFeaturesFiles(kind, 0.5) })),
    );
    writeFeaturesRun(inWorkspace('.transferscope'), { run: 'why-1', file: inWorkspace('why.transfer.yaml'), stages });
    await workbench.openFile('why.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'why-1' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Open Features Panel');
    await panel().locator('.feature-cell[data-drawn*="inversion-0-layer4-3000.png"]').first().waitFor();
    await panel().getByRole('tab', { name: 'Channels' }).click();
    await panel().locator('.channel').nth(1).click();
    await panel().locator('.feature-cell[data-drawn*="layer4/maps 0 1"]').first().waitFor();
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'features.png') });
  });

  it('starts an analysis of the image, shows it under way, and then its result', async () => {
    await press('Analyse…');
    await panel().getByRole('combobox', { name: 'Analysis' }).click();
    await panel().getByRole('option', { name: 'activations' }).click();
    await press('Start');
    await panel().locator('.started li').first().waitFor();
    await panel().getByRole('tab', { name: 'Analyses' }).click();
    await panel().locator('.analyses li', { hasText: 'activations-2' }).waitFor({ timeout: 90_000 });
    await expect.poll(() => panel().locator('.started li').count()).toBe(0);
    expect(readFileSync(inWorkspace('why.transfer.yaml'), 'utf8')).toBe(study);
  });

  it('writes it into the file when asked', async () => {
    const { workbench } = editor();
    await panel().getByRole('button', { name: 'Add activations-2 to the experiment file' }).click();
    await workbench.page.locator('.view-line', { hasText: 'kind: activations, id: activations-2' }).waitFor();
    await panel().locator('.analyses li', { hasText: 'Not in the experiment file' }).waitFor({ state: 'detached' });
    await workbench.page.keyboard.press('Control+Z');
  });

  it('keeps its view over a reload of the window', async () => {
    const { workbench } = editor();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await panel().getByRole('tab', { name: 'Analyses', selected: true }).waitFor({ timeout: 60_000 });
    await panel().locator('.feature-cell[data-drawn*="/maps"]').first().waitFor();
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
