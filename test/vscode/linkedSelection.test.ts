/** One selection in a real editor: a row chosen in Compare moves the Results view, a Run panel and a Layers panel that is opened later. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { compareExperiment, twoRuns, writeCompareRun } from '../support/compareFixture';
import { describeInEditor } from './support/useEditor';

describeInEditor('one selection', { files: { 'which.transfer.yaml': compareExperiment } }, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);

  it('walks through Compare, Results, Layers and Run', async () => {
    const { workbench } = editor();
    const file = inWorkspace('which.transfer.yaml');
    for (const spec of twoRuns) writeCompareRun(inWorkspace('.transferscope'), { ...spec, file });
    await workbench.openFile('which.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'which-2' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Compare Runs');
    const compare = await workbench.webviewWith('.compare-grid');
    const row = compare.locator('.row', { hasText: 'which-2' }).filter({ hasText: 'moco · probe' });
    await row.locator('.row-name').click();
    const results = await workbench.webviewWith('.results');
    const chosen = results.locator('.cell[aria-selected=true]');
    await expect.poll(() => chosen.count(), { timeout: 60_000 }).toBe(1);
    expect(await chosen.getAttribute('data-pretraining')).toBe('moco');
    // Opened later, it opens on what is chosen.
    await row.locator('.row-name').click({ button: 'right' });
    await compare.getByRole('menuitem', { name: 'Open Layers' }).click();
    const layers = await workbench.webviewWith('.depth-table[role=grid]');
    await layers.locator('tr.is-marked th[data-row=moco]').waitFor();
    await layers.locator('td[data-row=random]').last().click();
    await expect.poll(() => chosen.getAttribute('data-pretraining'), { timeout: 60_000 }).toBe('random');
    await layers.locator('td[data-row=random]').last().click({ button: 'right' });
    await layers.getByRole('menuitem', { name: 'Show in Experiment: random' }).click();
    await workbench.pick('Transferscope: Open Run Panel', 'which-2');
    const run = await workbench.webviewWith('.run-panel');
    await run.locator('.stages .is-marked .name', { hasText: 'random' }).first().waitFor();
  });
});
