/**
 * Ticks off the steps of the walkthrough when what they ask for is there, not when a button was pressed: context keys that
 * the completion events in package.json name. Each is set once and then no longer looked for.
 */
import * as vscode from 'vscode';
import type { RunServices } from '../runs/runServices';

export function registerWalkthroughSteps({ context, catalog, library, log, onDidChangeRuns }: RunServices): void {
  const hasExperiment = async (): Promise<boolean> => (await catalog.list()).length > 0;
  const hasDoneRun = async (): Promise<boolean> => library.runs().some(({ state }) => state === 'done');
  const setOnce = (key: string, onDidChange: vscode.Event<void>, isSo: () => Promise<boolean>): void => {
    const look = async (): Promise<void> => {
      if (!(await isSo())) return;
      listener.dispose();
      await vscode.commands.executeCommand('setContext', key, true);
    };
    const lookAndTell = (): void => void look().catch((error: unknown) => log.error('the walkthrough', error));
    const listener = onDidChange(lookAndTell);
    context.subscriptions.push(listener);
    lookAndTell();
  };
  setOnce('transferscope.hasExperiment', catalog.onDidChange, hasExperiment);
  setOnce('transferscope.hasDoneRun', onDidChangeRuns, hasDoneRun);
}
