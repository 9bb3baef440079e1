/** The Compare panel in a real editor: two runs side by side, a baseline, a reason for grey, a file; marks survive a reload. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compareExperiment, twoRuns, writeCompareRun } from '../support/compareFixture';
import { describeInEditor } from './support/useEditor';

describeInEditor('the Compare panel', { files: { 'which.transfer.yaml': compareExperiment } }, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const panel = () => editor().workbench.panelWebview();
  const row = (run: string, name: string) => panel().locator('.row', { hasText: run }).filter({ hasText: name });
  const marks = () => readFileSync(inWorkspace('.transferscope', 'marks.json'), 'utf8');

  it('opens on all runs and sorts them', async () => {
    const { workbench } = editor();
    const file = inWorkspace('which.transfer.yaml');
    for (const spec of twoRuns) writeCompareRun(inWorkspace('.transferscope'), { ...spec, file });
    await workbench.openFile('which.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'which-2' }).first().waitFor();
    await workbench.editor.click();
    await workbench.command('Transferscope: Compare Runs');
    await panel().locator('.summary', { hasText: '12 rows of 2 runs' }).waitFor();
    await panel().getByRole('columnheader', { name: 'score' }).click();
    await panel().locator('[aria-sort=descending]').waitFor();
    expect(await panel().locator('.body .row-name').first().innerText()).toBe('supervised · probe');
  });

  it('compares with a baseline, greys what differs, and keeps the marks', async () => {
    await row('which-1', 'random · probe').locator('.row-name').click();
    await panel().getByRole('grid').press('b');
    await row('which-1', 'random · probe').locator('.tag', { hasText: 'baseline' }).waitFor();
    await row('which-2', 'moco · probe').locator('.row-name').click();
    expect(await panel().locator('.detail-said').innerText()).toContain(
      'Not comparable with random · probe: image size',
    );
    await panel().getByRole('grid').press('s');
    await row('which-2', 'moco · probe').locator('.star').waitFor();
    expect(marks()).toContain('"which-2/moco/probe": {"star":true}');
    if (process.env.SHOTS)
      await editor().workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'compare.png') });
  });

  it('asks for a note, shows the line, and makes a new file of a row', async () => {
    const { workbench } = editor();
    await panel().getByRole('grid').press('n');
    await workbench.page.locator('.quick-input-widget input').fill('larger images');
    await workbench.page.keyboard.press('Enter');
    await panel().locator('.detail-note', { hasText: 'larger images' }).waitFor();
    await row('which-2', 'moco · probe').locator('.row-name').click({ button: 'right' });
    await panel().getByRole('menuitem', { name: 'Show in Experiment', exact: true }).click();
    await workbench.page.locator('.statusbar-item', { hasText: 'Ln 12' }).waitFor();
    await row('which-2', 'moco · probe').locator('.row-name').click({ button: 'right' });
    await panel().getByRole('menuitem', { name: 'New Experiment from This Row' }).click();
    await workbench.page.locator('.tab', { hasText: 'which-moco-probe.transfer.yaml' }).waitFor();
    const made = readFileSync(inWorkspace('which-moco-probe.transfer.yaml'), 'utf8');
    expect(made).toContain('imageSize: 64');
    expect(made).not.toContain('neighbours');
  });

  it('keeps marks and view over a reload of the window', async () => {
    const { workbench } = editor();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await row('which-2', 'moco · probe').locator('.star').waitFor({ timeout: 60_000 });
    expect(await panel().locator('[aria-sort=descending]').count()).toBe(1);
    await row('which-1', 'random · probe').locator('.tag', { hasText: 'baseline' }).waitFor();
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
