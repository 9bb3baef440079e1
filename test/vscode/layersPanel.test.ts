/** The Layers panel in a real editor: opens for a file's newest run, shows its lines, leads to the file, survives a reload. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseExperiment } from '../../src/shared/experiment/parse';
import { writeLayersRun } from '../support/layersFixture';
import { fourPretrainings, fourTransfers } from '../support/reportFixture';
import { describeInEditor } from './support/useEditor';

const study = `name: which
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
  - { id: supervised, method: supervised, data: emoji, epochs: 2, batch: 64 }
  - { id: moco, method: moco, data: emoji, epochs: 2, batch: 64, queue: 512, encoderMomentum: 0.9 }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
  - { id: neighbours, task: knn, data: emoji, k: 5 }
`;

describeInEditor('the Layers panel', { files: { 'which.transfer.yaml': study } }, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const panel = () => editor().workbench.panelWebview();

  it('opens for the experiment in front, from its newest run', async () => {
    const { workbench } = editor();
    const { experiment } = parseExperiment(study, { fileName: 'which.transfer.yaml', recipes: new Map() });
    expect(experiment).toBeDefined();
    const file = inWorkspace('which.transfer.yaml');
    const parts = { pretrainings: fourPretrainings.slice(0, 3), transfers: fourTransfers.slice(0, 2) };
    writeLayersRun(inWorkspace('.transferscope'), { run: 'which-1', file, experiment, ...parts });
    await workbench.openFile('which.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'which-1' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Open Layers Panel');
    await panel().locator('.series[data-pretraining=moco] .mark').first().waitFor();
    expect(await panel().locator('.series').count()).toBe(3);
    expect(await panel().locator('h1').innerText()).toBe('which-1');
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'layers.png') });
  });

  it('leads from a pretraining to its line', async () => {
    const { workbench } = editor();
    await panel().locator('tbody th button', { hasText: 'moco' }).click();
    await workbench.page.locator('.statusbar-item', { hasText: 'Ln 10' }).waitFor();
  });

  it('says when the file has moved on', async () => {
    const { workbench } = editor();
    expect(await panel().getByRole('note').isVisible()).toBe(false);
    await workbench.page.keyboard.press('Control+H');
    await workbench.page.keyboard.press('Escape');
    await workbench.goTo(10, study.split('\n')[9]!.indexOf('0.9 }') + 4);
    await workbench.page.keyboard.type('9');
    await panel().getByRole('note').waitFor();
    expect(await panel().getByRole('note').innerText()).toContain('moco is set differently now');
    await workbench.page.keyboard.press('Control+Z');
    await panel().getByRole('note').waitFor({ state: 'hidden' });
  });

  it('keeps its view over a reload of the window', async () => {
    const { workbench } = editor();
    await panel().getByRole('tab', { name: 'neighbours' }).click();
    await panel().locator('.legend button', { hasText: 'random' }).click();
    await expect.poll(() => panel().locator('.series').count()).toBe(2);
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await panel().locator('.series[data-pretraining=moco]').waitFor({ timeout: 30_000 });
    expect(await panel().getByRole('tab', { selected: true }).innerText()).toBe('neighbours');
    expect(await panel().locator('.series').count()).toBe(2);
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
