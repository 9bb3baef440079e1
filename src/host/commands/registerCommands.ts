/** The command table. A command that throws says so in one sentence; bugs go to the log with their stack. */
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { RunServices } from '../runs/runServices';
import { exportRun, importResults } from './exchange';
import { installRuntime } from './installRuntime';
import { newExperiment } from './newExperiment';
import { openReport } from './openReport';
import { deleteRun, revealRunFolder } from './runFolder';
import { registerRunLog, showLog } from './runLog';
import { resume, runExperiment, runOnly, stop, stopAfterStage } from './runCommands';
import { selectRuntime } from './selectRuntime';

type Command = (services: RunServices, ...args: unknown[]) => Promise<unknown>;

const commands: Readonly<Record<string, Command>> = {
  runExperiment,
  runOnly,
  stop,
  stopAfterStage,
  resume,
  showLog,
  revealRunFolder,
  deleteRun,
  newExperiment,
  selectRuntime,
  installRuntime,
  openReport,
  exportRun,
  importResults,
};

export function registerCommands(services: RunServices): void {
  for (const [name, command] of Object.entries(commands)) registerCommand(services, name, command);
  registerRunLog(services);
}

/** A command of ours by its name without the prefix. */
export function registerCommand(services: RunServices, name: string, command: Command): void {
  const run = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await command(services, ...args);
    } catch (error) {
      return tell(services, name, error);
    }
  };
  services.context.subscriptions.push(vscode.commands.registerCommand(`transferscope.${name}`, run));
}

async function tell({ log }: RunServices, name: string, error: unknown): Promise<void> {
  log.error(`command ${name}`, error);
  if (error instanceof UserError) return void vscode.window.showErrorMessage(error.message);
  const show = 'Show Log';
  const message = error instanceof Error ? error.message : String(error);
  if ((await vscode.window.showErrorMessage(`Unexpected: ${message}`, show)) === show) log.show();
}
