/** Commands, lenses, trees and the report in a real editor, with runs that may outlive the window (the default). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { copyProgram } from '../process/realProgram';
import { startScriptedSlurm } from '../support/scriptedSlurm/scriptedSlurm';
import { describeInEditor } from './support/useEditor';

const tiny = `name: tiny
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
transfers:
  - { id: nearest, task: knn, data: emoji, k: 5, layers: [layer4, avgpool], trainImages: 200, testImages: 100 }
`;

/** Slurm's tools, which window and command find on their PATH. */
const slurm = startScriptedSlurm();
afterAll(() => slurm.stop());
const options = {
  files: { 'tiny.transfer.yaml': tiny },
  settings: { 'transferscope.runtime': 'wasm' },
  env: { PATH: slurm.env.PATH ?? '' },
};

describeInEditor('commands and views of runs', options, (editor) => {
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const stateOf = (run: string): string | undefined => {
    const file = inWorkspace('.transferscope', 'runs', run, 'status.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { state: string }).state : undefined;
  };
  const shoot = async (name: string) => {
    if (process.env.SHOTS)
      await editor().workbench.page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`) });
  };

  it('a lens launches, trees and lenses show figures', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Run experiment' }).first().click();
    await workbench.page.locator('.notification-list-item', { hasText: 'When this window closes' }).waitFor();
    await expect.poll(() => stateOf('tiny-1'), { timeout: 45_000, interval: 100 }).toBe('done');
    const row = (text: RegExp | string) =>
      workbench.page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
    await row(/nearest.*%/).waitFor();
    await row(/tiny-1.*just now/).waitFor();
    await workbench.page
      .locator('.codelens-decoration', { hasText: /random \d+\.\d/ })
      .first()
      .waitFor();
    await shoot('views');
  });

  it('the report opens in a panel without scripts', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Open Report');
    // The first is the Results view.
    const report = workbench.webview(1);
    await report.locator('h1', { hasText: 'tiny' }).waitFor();
    await report.locator('svg').first().waitFor();
    await shoot('report');
  });

  it('the log of a run is text to read', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Show Log');
    await workbench.page.locator('.view-line', { hasText: 'run done' }).waitFor();
  });

  it('a new experiment is written from a template', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: New Experiment…');
    for (const heading of ['Data included', 'Your own data'])
      await workbench.page.locator('.quick-input-list-separator', { hasText: heading }).waitFor();
    await shoot('templates');
    // Words of an explanation find a template; the first is chosen.
    await workbench.page.keyboard.type('quickst');
    await expect.poll(() => workbench.quickRows.count()).toBe(1);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-widget', { hasText: 'Name of the experiment' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await expect.poll(() => existsSync(inWorkspace('quickstart.transfer.yaml')), { timeout: 10_000 }).toBe(true);
    await workbench.page.locator('.tab.active', { hasText: 'quickstart.transfer.yaml' }).waitFor();
  });

  it('runtimes come with reasons', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Select Runtime');
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'wasm' }).first().waitFor();
    await shoot('runtimes');
    await workbench.page.keyboard.press('Escape');
  });

  it('a run on a cluster stands among them, from its first job to its end', async () => {
    const program = copyProgram();
    try {
      const args = ['submit', 'tiny.transfer.yaml', '--seed', '5'];
      const { code, err } = await program.run(editor().server.workspace, args, slurm.env);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const row = (state: string) =>
        editor().workbench.page.locator(`.pane-body .monaco-list-row[aria-label^="tiny-2, ${state}"]`);
      await row('').first().waitFor();
      // The jobs write parts of the status; nobody but them and the window looks after the run.
      await row('done').first().waitFor({ timeout: 100_000 });
      await shoot('cluster');
    } finally {
      program.remove();
    }
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
