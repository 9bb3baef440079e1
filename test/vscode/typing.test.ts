/**
 * From keystroke to diagnostics at 500 lines, as the extension host of a real editor measures it. With
 * TRANSFERSCOPE_BENCH_FILE the figures are appended to that file (bench/typing.ts).
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ExtensionApi } from '../../src/extension';
import { makeLongExperiment } from '../support/longExperiment';
import { findHosts } from './probe/extensionHost';
import { describeInEditor } from './support/useEditor';
import type { ProbeTools } from './probe/extension';

const KEYSTROKES = 60;

const text = makeLongExperiment(520);

interface Measured {
  /** From the change of the document to the diagnostics, in ms, of each keystroke. */
  readonly inHost: readonly number[];
  /** From asking for the edit until the editor tells of new diagnostics, for which it gathers changes for 50 ms. */
  readonly wall: readonly number[];
  /** How many problems there were after each. */
  readonly problems: readonly number[];
}

describeInEditor('typing', { files: { 'long.transfer.yaml': text }, withProbe: true }, (editor) => {
  it('in a file of 500 lines shows diagnostics after every keystroke', async () => {
    const { server, release } = editor();
    const [host] = await findHosts(server);
    const file = path.join(server.workspace, 'long.transfer.yaml');
    const at = text.indexOf('method: moco', text.length / 2) + 'meth'.length;
    const ask = () => host!.evaluate(measure, { file, at, keystrokes: KEYSTROKES });
    const measured = await ask();
    const inHost = percentile(measured.inHost, 0.95);
    report({ release, inHost, wall: percentile(measured.wall, 0.95), lines: text.split('\n').length });
    // Every second keystroke breaks a key, and the next one mends it.
    expect(measured.problems.map((count) => count > 0)).toEqual(measured.problems.map((_, index) => index % 2 === 0));
  });
});

/** Runs in the extension host. Types and deletes a letter in the middle of a key. */
async function measure(
  { vscode }: ProbeTools,
  { file, at, keystrokes }: { file: string; at: number; keystrokes: number },
): Promise<Measured> {
  const api = (await vscode.extensions.getExtension('transferscope.transferscope')?.activate()) as ExtensionApi;
  const document = await vscode.workspace.openTextDocument(file);
  const shownEditor = await vscode.window.showTextDocument(document);
  const [inHost, wall, problems]: number[][] = [[], [], []];
  let changedAt = 0;
  const changes = vscode.workspace.onDidChangeTextDocument(({ contentChanges }) => {
    if (contentChanges.length > 0) changedAt = performance.now();
  });
  for (let key = 0; key < keystrokes; key++) {
    // A person's pace, so that each keystroke is answered by itself.
    await new Promise((resolve) => setTimeout(resolve, 120));
    const before = document.version;
    const checked = new Promise<void>((resolve) => {
      const subscription = api.onDidCheckExperiment(({ version, problems: count }) => {
        if (version === before) return;
        subscription.dispose();
        inHost!.push(performance.now() - changedAt);
        problems!.push(count);
        resolve();
      });
    });
    const askedAt = performance.now();
    const place = document.positionAt(at);
    const next = document.positionAt(at + 1);
    await shownEditor.edit((edit) =>
      key % 2 === 0 ? edit.insert(place, 'x') : edit.delete(new vscode.Range(place, next)),
    );
    await checked;
    await new Promise<void>((resolve) => {
      const subscription = vscode.languages.onDidChangeDiagnostics(() => {
        subscription.dispose();
        resolve();
      });
    });
    wall!.push(performance.now() - askedAt);
  }
  changes.dispose();
  return { inHost: inHost!, wall: wall!, problems: problems! };
}

function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function report(found: { release: string; inHost: number; wall: number; lines: number }): void {
  const { release, inHost, wall, lines } = found;
  process.stdout.write(
    `code-server ${release}: keystroke to diagnostics at ${lines} lines, 95 %: ${inHost.toFixed(0)} ms in the extension host, ${wall.toFixed(0)} ms from edit to notice\n`,
  );
  const file = process.env.TRANSFERSCOPE_BENCH_FILE;
  if (file === undefined) return;
  const row = (name: string, ms: number) => `${JSON.stringify({ workload: name, seconds: ms / 1000 })}\n`;
  appendFileSync(file, row('keystroke-to-diagnostics-500-lines-p95', inHost));
  appendFileSync(file, row('edit-to-notice-500-lines-p95', wall));
}
