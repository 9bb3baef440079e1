/** Runs that were under way when the window opened (left by an earlier window, or by somebody else): tells how they end. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import type { LibraryRun } from '../runs/runLibrary';
import { launchOf, type RunServices } from '../runs/runServices';

/** To be called when the results folders have been read once. */
export function followReattached(services: RunServices): void {
  const { context, library, log, onDidChangeRuns } = services;
  const going = library.runs().filter((run) => isUnderWay(run.state) && !launchOf(services, run));
  const left = new Map(going.map((run) => [run.folder, run]));
  if (left.size === 0) return;
  log.info(`found under way: ${going.map(({ run }) => run).join(', ')}`);
  const subscription = onDidChangeRuns(() => {
    for (const [folder, { out, run }] of left) {
      const now = library.find(out, run);
      if (now && isUnderWay(now.state)) continue;
      left.delete(folder);
      if (now) announce(now).catch((error: unknown) => log.error('telling how a run ended', error));
    }
    if (left.size === 0) subscription.dispose();
  });
  context.subscriptions.push(subscription);
}

async function announce({ out, run, state, message }: LibraryRun): Promise<void> {
  const [openReport, showLog, resume] = ['Open Report', 'Show Log', 'Resume'] as const;
  const why = message === undefined ? '' : `: ${message}`;
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const chosen = await (state === 'done'
    ? showInformationMessage(`${run} is done.`, openReport)
    : state === 'stopped'
      ? showInformationMessage(`${run} was stopped; it can be resumed where it was.`, resume)
      : showWarningMessage(`${run} ${state === 'failed' ? 'failed' : 'was interrupted'}${why}`, resume, showLog));
  if (chosen === undefined) return;
  const command = { [openReport]: 'openReport', [showLog]: 'showLog', [resume]: 'resume' }[chosen];
  await vscode.commands.executeCommand(`transferscope.${command}`, { target: { type: 'run', out, run } });
}
