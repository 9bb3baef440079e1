/** A window without a folder: a single experiment file is edited and run; its results lie beside it. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { findHosts } from './probe/extensionHost';
import { tinyExperiment, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor } from './support/useEditor';

const options = {
  files: { 'tiny.transfer.yaml': tinyExperiment() },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
  withoutFolder: true,
  withProbe: true,
};

describeInEditor('a window without a folder', options, (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);

  it('has views that say what to do', async () => {
    const { workbench } = editor();
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body', { hasText: 'Open a folder to keep experiments' }).first().waitFor();
  });

  it('says that there is nothing to run, and offers to make something', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Run Experiment');
    const notice = workbench.page.locator('.notification-list-item', { hasText: 'There is no experiment' }).first();
    await notice.locator('.monaco-button', { hasText: 'New Experiment…' }).waitFor();
  });

  it('runs a file that is opened by itself, and shows the run', async () => {
    const { server, workbench } = editor();
    const [host] = await findHosts(server);
    const file = path.join(server.workspace, 'tiny.transfer.yaml');
    await host!.evaluate(
      async ({ vscode }, opened) => void (await vscode.window.showTextDocument(vscode.Uri.file(opened))),
      file,
    );
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Run experiment' }).first().click();
    await runs.waitForState('tiny-1', 'done');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'tiny-1' }).first().waitFor();
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
    expect(await editor().server.readHostLog()).not.toMatch(/transferscope.*(error|failed)/i);
  });
});
