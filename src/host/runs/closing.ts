/**
 * What becomes of runs when the window closes (setting transferscope.onClose). VS Code gives no chance to ask at that
 * moment, so `ask` asks once when the first run of a window starts. `keep` and `ask` start runs as processes of their
 * own, which go on by themselves and are found again by their heartbeat; `stop` forks a worker that checkpoints and
 * ends with the window. Launches that wait for their turn end with the window in any case.
 */
import * as vscode from 'vscode';
import { settings, type CloseAction } from '../settings';
import { hasEnded, type RunController } from './runController';

export interface Closing {
  /** Whether a launch made now must be able to outlive the window. */
  mayOutlive(): boolean;
  /** Asks when it has to be asked and was not yet; does not wait for the answer. */
  askOnce(): void;
  /** The window goes away. */
  close(controller: RunController): void;
}

export function createClosing(): Closing {
  let answer: Exclude<CloseAction, 'ask'> | undefined;
  let isAsked = false;
  const ask = async (): Promise<void> => {
    const keep = 'Keep Running';
    const stop = 'Checkpoint and Stop';
    const chosen = await vscode.window.showInformationMessage(
      'When this window closes, shall a run go on? (Setting: transferscope.onClose.)',
      keep,
      stop,
    );
    if (chosen !== undefined) answer = chosen === keep ? 'keep' : 'stop';
  };
  return {
    mayOutlive: () => settings.onClose() !== 'stop',
    askOnce: () => {
      if (settings.onClose() !== 'ask' || isAsked) return;
      isAsked = true;
      void ask();
    },
    close: (controller) => {
      const action = settings.onClose();
      // Without an answer nothing is ended: a run that goes on can still be stopped.
      const isStop = action === 'stop' || (action === 'ask' && answer === 'stop');
      if (isStop) for (const launch of controller.launches()) if (!hasEnded(launch)) controller.stop(launch.id);
    },
  };
}
