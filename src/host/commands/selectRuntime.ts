/** Picks what executes the tensors of runs whose experiment leaves it open, with the reasons why others cannot be had. */
import * as vscode from 'vscode';
import { SETTINGS_SECTION, settings } from '../settings';
import type { RunServices } from '../runs/runServices';

interface RuntimeItem extends vscode.QuickPickItem {
  readonly name: string;
  readonly available: boolean;
}

export async function selectRuntime(services: RunServices, argument?: unknown): Promise<void> {
  const target = (argument as { target?: { type?: string; name?: string } } | undefined)?.target;
  if (target?.type === 'runtime' && target.name !== undefined) return choose(target.name);
  const chosen = await vscode.window.showQuickPick(listItems(services), {
    placeHolder: 'What shall execute the tensors where an experiment says auto?',
    matchOnDescription: true,
  });
  if (!chosen) return;
  if (chosen.available) return choose(chosen.name);
  void vscode.window.showWarningMessage(`${chosen.name} cannot be used here: ${chosen.detail ?? 'unknown reason'}`);
}

async function listItems({ runtimes }: RunServices): Promise<RuntimeItem[]> {
  const current = settings.runtime();
  const mark = (name: string): string => (name === current ? '$(check) ' : '');
  const found = await runtimes.read();
  const first = found.find(({ available }) => available)?.name;
  return [
    {
      label: `${mark('auto')}auto`,
      description: first === undefined ? '' : `now ${first}`,
      detail: 'The first of the following that is available.',
      name: 'auto',
      available: true,
    },
    ...found.map(({ name, available, device, reason }) => ({
      label: `${mark(name)}${available ? '' : '$(circle-slash) '}${name}`,
      description: available ? device : 'not available',
      detail: reason,
      name,
      available,
    })),
  ];
}

async function choose(name: string): Promise<void> {
  const target = vscode.workspace.workspaceFolders
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration(SETTINGS_SECTION).update('runtime', name, target);
}
