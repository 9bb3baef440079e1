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

  it('starts an analysis of the image, shows it under way, and ends it', async () => {
    const started = panel().locator('.started li');
    await press('Analyse…');
    await panel()
      .getByRole('checkbox', { name: /^Quick/ })
      .click();
    await press('Start');
    await started.locator('progress:not([hidden])').waitFor({ timeout: 60_000 });
    const run = inWorkspace('.transferscope', 'runs', 'why-2');
    expect(readFileSync(path.join(run, 'experiment.yaml'), 'utf8')).toMatch(
      /- { kind: inversion, id: inversion-2, .*images: \[3\] }/,
    );
    expect(readFileSync(inWorkspace('why.transfer.yaml'), 'utf8')).toBe(study);
    await panel().getByRole('button', { name: 'Cancel inversion-2' }).click();
    await expect.poll(() => started.count(), { timeout: 60_000 }).toBe(0);
  });

  it('writes one into the file', async () => {
    const { workbench } = editor();
    await press('Analyse…');
    await press('Add to file');
    await workbench.page.locator('.view-line', { hasText: 'kind: inversion' }).waitFor();
    await workbench.page.keyboard.press('Control+Z');
    await panel().getByRole('tab', { name: 'Analyses' }).click();
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
