/** Exchange in a real editor: results made elsewhere are imported, stand in the Runs view, and are exported again. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeInEditor } from './support/useEditor';

const published = {
  source: 'Table 1 of a paper',
  unit: 'percent',
  results: [{ pretraining: 'theirs', transfer: 'voc', metric: 'ap50', values: [81.4] }],
};
const files = { 'published.json': JSON.stringify(published) };

describeInEditor('exchange', { files, settings: {} }, (editor) => {
  const workspace = () => editor().server.workspace;
  /** The simple file dialog takes a typed path. */
  const choose = async (file: string): Promise<void> => {
    const { workbench } = editor();
    const ok = workbench.page.locator('.quick-input-widget .monaco-button').first();
    await ok.waitFor();
    await workbench.quickInput.fill(file);
    await ok.click();
  };

  it('imports a results file as a run', async () => {
    const { workbench } = editor();
    await workbench.openView('Transferscope');
    await workbench.command('Transferscope: Import Results…');
    await choose(path.join(workspace(), 'published.json'));
    const row = workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'published-1' });
    await row.filter({ hasText: 'imported from Table 1 of a paper' }).first().waitFor();
  });

  it('exports a run', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Export Run…');
    await workbench.quickRows.filter({ hasText: 'DVC' }).first().click();
    // The workspace is proposed.
    await workbench.page.locator('.quick-input-widget .monaco-button').first().click();
    await workbench.page.locator('.notification-list-item', { hasText: 'published-1 is exported' }).first().waitFor();
    expect(readdirSync(path.join(workspace(), 'published-1'))).toContain('metrics.json');
  });
});
