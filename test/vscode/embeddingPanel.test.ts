/** The Embedding panel in a real editor: reads maps and thumbnails under the page's policy, and survives a reload. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeEmbeddingFiles, writeEmbeddingRun } from '../support/embeddingFixture';
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
const options = { files: { 'why.transfer.yaml': study }, settings: { 'transferscope.runtime': 'wasm' } };

describeInEditor('the Embedding panel', options, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const panel = () => editor().workbench.panelWebview();

  it('opens for the experiment in front, with points and thumbnails', async () => {
    const { workbench } = editor();
    const files = await makeEmbeddingFiles({ images: 200, classes: 10, quality: 0.9, isEmoji: true });
    const file = inWorkspace('why.transfer.yaml');
    writeEmbeddingRun(inWorkspace('.transferscope'), {
      run: 'why-1',
      file,
      stages: [{ pretraining: 'random', files }],
    });
    await workbench.openFile('why.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'why-1' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Open Embedding Panel');
    await panel().locator('.map-surface[data-drawn*="random layer4 200 points"]').waitFor();
    await panel().getByRole('combobox', { name: 'Draw' }).click();
    await panel().getByRole('option', { name: 'thumbnails', exact: true }).click();
    await panel().locator('.map-surface:not([data-drawn$=" 0 thumbnails"])').waitFor();
    await panel().getByRole('slider', { name: 'Layer' }).press('Home');
    await panel().locator('.map-surface[data-drawn*="layer1"]').waitFor();
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'embedding.png') });
  });

  it('keeps its view over a reload of the window, and leaves no error in the log', async () => {
    const { workbench } = editor();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await panel().locator('.map-surface[data-drawn*="layer1"]').waitFor({ timeout: 60_000 });
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
