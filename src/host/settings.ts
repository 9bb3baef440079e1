/**
 * The settings of contributes.configuration in package.json, read with their types. A value of the wrong type (settings
 * are a text file) counts as the default, so nothing behind this file has to check again. Read anew at each use, because
 * settings change while the window is open.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { runtimeNames, type RuntimeName } from '../shared/experiment/runtimeName';

export const SETTINGS_SECTION = 'transferscope';

const runtimeChoices = ['auto', ...runtimeNames] as const;
const closeActions = ['ask', 'keep', 'stop'] as const;

/** What happens to a run when the window closes: ask, keep it running, or stop it after its next checkpoint. */
export type CloseAction = (typeof closeActions)[number];

export const settings = {
  /** The Node program for workers; empty: the editor's own. */
  nodePath: (): string => read('nodePath', '', isString).trim(),

  /** Limit of a worker's JavaScript heap in MiB; tensors live outside it. */
  workerMemoryMb: (): number => read('workerMemoryMb', 4096, isMemory),

  /** How many stages of a run are computed at once. */
  workers: (): number => read('workers', 1, isWorkers),

  /** What executes the tensors where the experiment says `auto`. */
  runtime: (): 'auto' | RuntimeName => read('runtime', 'auto', isOneOf(runtimeChoices)),

  /** Absolute folder of runs and stages for experiments of the given workspace folder. */
  resultsFolder: (folder: vscode.WorkspaceFolder): string => {
    const typed = read('resultsFolder', '${workspaceFolder}/.transferscope', isFilled, folder.uri);
    return path.resolve(folder.uri.fsPath, typed.replaceAll('${workspaceFolder}', folder.uri.fsPath));
  },

  /** Look for changes of run folders by polling: network file systems send no notice of them. */
  pollingWatch: (): boolean => read('pollingWatch', false, isBoolean),

  /** Experiments may read files outside their workspace. */
  allowOutsidePaths: (file?: vscode.Uri): boolean => read('allowOutsidePaths', false, isBoolean, file),

  onClose: (): CloseAction => read('onClose', 'ask', isOneOf(closeActions)),
};

function read<T>(key: string, fallback: T, isValid: (value: unknown) => value is T, scope?: vscode.Uri): T {
  const value = vscode.workspace.getConfiguration(SETTINGS_SECTION, scope).get<unknown>(key);
  return isValid(value) ? value : fallback;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isFilled = (value: unknown): value is string => isString(value) && value.trim() !== '';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isMemory = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 64;
const isWorkers = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 256;
const isOneOf =
  <Choice extends string>(choices: readonly Choice[]) =>
  (value: unknown): value is Choice =>
    choices.some((choice) => choice === value);
