/** Restricted Mode and virtual workspaces: files are checked, past results show, and nothing is started. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type * as vscodeTypes from 'vscode';
import { writeRun } from '../support/runFolders';
import { findHosts } from './probe/extensionHost';
import { tinyExperiment } from './probe/workspaceRuns';
import type { ProbeTools } from './probe/extension';
import type { Server } from './support/server';
import { describeInEditor } from './support/useEditor';

const mistaken = tinyExperiment('mistaken').replace('width: 4', 'widht: 4');

const restricted = {
  files: { 'tiny.transfer.yaml': tinyExperiment(), 'mistaken.transfer.yaml': mistaken },
  settings: {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
  },
  asksTrust: true,
  withProbe: true,
};

describeInEditor('Restricted Mode', restricted, (editor) => {
  it('checks files as they are typed', async () => {
    const { server, workbench } = editor();
    const [host] = await findHosts(server);
    expect(await host!.evaluate(({ vscode }) => vscode.workspace.isTrusted)).toBe(false);
    await workbench.openFile('mistaken.transfer.yaml');
    await workbench.editor.locator('.squiggly-error').first().waitFor();
  });

  it('shows past results', async () => {
    const { server, workbench } = editor();
    const file = path.join(server.workspace, 'tiny.transfer.yaml');
    const out = path.join(server.workspace, '.transferscope');
    writeRun({ out, run: 'tiny-1', file, stages: { 'random/seed-0': 'done' } });
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'tiny-1' }).first().waitFor();
  });

  it('runs nothing, and says why', async () => {
    const { server, workbench } = editor();
    const [host] = await findHosts(server);
    const file = path.join(server.workspace, 'tiny.transfer.yaml');
    await host!.evaluate(runByCommand, file);
    const sentence = 'Nothing runs in a workspace that is not trusted';
    await workbench.page.locator('.notification-list-item-message', { hasText: sentence }).first().waitFor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.page.locator('.codelens-decoration', { hasText: 'tiny-1 done' }).first().waitFor();
    expect(await workbench.page.locator('.codelens-decoration a', { hasText: 'Run experiment' }).count()).toBe(0);
    expect(readdirSync(path.join(server.workspace, '.transferscope', 'runs'))).toEqual(['tiny-1']);
    expect(existsSync(path.join(server.workspace, '.transferscope', 'stages'))).toBe(false);
    expect(programsOf(server)).toEqual([]);
    expect(await server.readOutput('Transferscope')).not.toContain('[error]');
  });
});

describeInEditor(
  'a virtual workspace',
  { files: { 'memory.code-workspace': workspaceFile() }, withProbe: true },
  (editor) => {
    it('is edited like any other', async () => {
      const { server, workbench } = editor();
      const file = path.join(server.workspace, 'memory.code-workspace');
      await workbench.page.goto(`${server.url}/?workspace=${encodeURIComponent(file)}`);
      await workbench.waitForStart();
      const host = (await findHosts(server)).at(-1)!;
      const found = await host.evaluate(editInMemory, mistaken);
      expect(found.scheme).toBe('memory');
      expect(found.codes).toContain('unknown-key');
      expect(found.completions).toContain('task');
      expect(found.fixes).toContain('Change to width');
      // No lens runs it: there is no folder to run it in.
      expect(found.lenses.filter((title) => /run/i.test(title))).toEqual(['not run yet']);
      expect(found.missing).toEqual(['missing-file']);
    });

    it('refuses to run with a sentence', async () => {
      const { server, workbench } = editor();
      const host = (await findHosts(server)).at(-1)!;
      await host.evaluate(async ({ vscode }) => {
        await vscode.commands.executeCommand(
          'transferscope.runExperiment',
          vscode.Uri.parse('memory:/a.transfer.yaml'),
        );
      });
      const sentence = 'Runs need files on disk';
      await workbench.page.locator('.notification-list-item-message', { hasText: sentence }).first().waitFor();
      expect(programsOf(server)).toEqual([]);
    });

    it('opens every view without an error', async () => {
      const { server, workbench } = editor();
      await workbench.openView('Transferscope');
      await workbench.page.locator('.pane-header', { hasText: 'Runs' }).first().waitFor();
      expect(await server.readOutput('Transferscope')).not.toContain('[error]');
      expect(await server.readHostLog()).not.toMatch(/transferscope.*(error|failed)/i);
    });
  },
);

function workspaceFile(): string {
  return JSON.stringify({ folders: [{ uri: 'memory:/', name: 'memory' }] });
}

/** Runs in the extension host; the command ends when its message is closed, so it is not waited for. */
function runByCommand({ vscode }: ProbeTools, file: string): void {
  void vscode.commands.executeCommand('transferscope.runExperiment', vscode.Uri.file(file));
}

/** Runs in the extension host: opens a file of the memory and asks for everything that an editor asks for. */
async function editInMemory({ vscode, memory }: ProbeTools, text: string) {
  const uri = vscode.Uri.parse('memory:/a.transfer.yaml');
  memory.writeFile(
    uri,
    new TextEncoder().encode(`${text.replace('{ id: random }', '{ id: mine, weights: none.pth }')}  - {  }\n`),
  );
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  const codes = (): string[] => vscode.languages.getDiagnostics(uri).map(({ code }) => String(code));
  for (let tries = 0; tries < 100 && !codes().includes('missing-file'); tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const end = document.positionAt(document.getText().lastIndexOf('{  }') + 2);
  const ask = vscode.commands.executeCommand;
  const { items } = await ask<vscodeTypes.CompletionList>('vscode.executeCompletionItemProvider', uri, end);
  const wrong = document.positionAt(document.getText().indexOf('widht') + 1);
  const range = new vscode.Range(wrong, wrong);
  const actions = await ask<vscodeTypes.CodeAction[]>('vscode.executeCodeActionProvider', uri, range);
  const lenses = await ask<vscodeTypes.CodeLens[]>('vscode.executeCodeLensProvider', uri);
  return {
    scheme: document.uri.scheme,
    codes: codes(),
    missing: codes().filter((code) => code === 'missing-file'),
    completions: items.map(({ label }) => (typeof label === 'string' ? label : label.label)),
    fixes: actions.map(({ title }) => title),
    lenses: lenses.map(({ command }) => command?.title ?? ''),
  };
}

/** Command lines of the extension's programs that run now. */
function programsOf(server: Server): string[] {
  const ours = path.join(server.root, 'extensions', 'transferscope');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readCommandLine)
    .filter((line) => line.includes(ours));
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
