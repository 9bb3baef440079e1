/**
 * Installs a runtime into the user's cache. The command line program does it, so that editor and terminal leave the
 * same; its lines are the progress that is shown.
 */
import * as vscode from 'vscode';
import { Cancelled } from '../../shared/errors';
import { installableRuntimeNames, type InstallableRuntimeName } from '../../shared/runtimes/nativeInstall';
import type { RunServices } from '../runs/runServices';

const purposes: Readonly<Record<InstallableRuntimeName, string>> = {
  tensorflow: 'TensorFlow on the processor; about 250 MB to fetch, needs pip and a C++ compiler',
  'tensorflow-gpu': 'TensorFlow on an NVIDIA GPU; about 2.4 GB to fetch, needs pip and a C++ compiler',
  webgpu: 'any GPU, through Vulkan, Metal or Direct3D 12; about 30 MB to fetch, needs npm',
};

export async function installRuntime(services: RunServices, argument?: unknown): Promise<void> {
  const runtime = namedBy(argument) ?? (await pick(services));
  if (!runtime) return;
  const options = { location: vscode.ProgressLocation.Notification, title: `Installing ${runtime}`, cancellable: true };
  try {
    const said = await vscode.window.withProgress(options, (progress, token) =>
      follow(services, runtime, progress, token),
    );
    void vscode.window.showInformationMessage(said);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  } finally {
    await vscode.commands.executeCommand('transferscope.refreshRuntimes');
  }
}

async function follow(
  { program, log }: RunServices,
  runtime: InstallableRuntimeName,
  progress: vscode.Progress<{ message: string }>,
  token: vscode.CancellationToken,
): Promise<string> {
  const { followCommandLine } = await import('../runs/workerProgram');
  const stopping = new AbortController();
  token.onCancellationRequested(() => stopping.abort());
  const onLine = (line: string): void => {
    log.info(`installing ${runtime}: ${line}`);
    progress.report({ message: line });
  };
  return followCommandLine(program(), ['runtimes', 'install', runtime], { onLine, signal: stopping.signal });
}

async function pick({ runtimes }: RunServices): Promise<InstallableRuntimeName | undefined> {
  const items = runtimes.read().then((found) => {
    const isHere = (name: string) => found.some((one) => one.name === name && one.available);
    return installableRuntimeNames
      .filter((name) => !isHere(name))
      .map((name) => ({ label: name, detail: purposes[name], name }));
  });
  if ((await items).length === 0) {
    void vscode.window.showInformationMessage('All runtimes are installed already.');
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Install which runtime for your user?' }))?.name;
}

/** The node of the Runtimes view that the command was called on. */
function namedBy(argument: unknown): InstallableRuntimeName | undefined {
  const name = (argument as { target?: { name?: string } } | undefined)?.target?.name;
  return installableRuntimeNames.find((known) => known === name);
}
