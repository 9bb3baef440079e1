/** Attaches the editor's JavaScript debugger to a worker: of a Batch panel, or of a run of this window. */
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { BatchPanels } from '../panels/batchPanel';
import { activeLaunches, type RunServices } from '../runs/runServices';

interface Attachable {
  readonly label: string;
  readonly description: string;
  attach(): Promise<void>;
}

export async function attachDebugger(services: RunServices, panels: BatchPanels): Promise<void> {
  const batches = panels.live().map((source): Attachable => ({
    ...{ label: source.title, description: 'Batch panel' },
    attach: () => source.attach(),
  }));
  const running = activeLaunches(services).filter(({ state }) => state === 'running');
  const runs = running.map(({ id, progress, request }): Attachable => {
    const label = progress.run === '' ? vscode.workspace.asRelativePath(request.file) : progress.run;
    const attach = async (): Promise<void> => {
      await attachToPort(await services.controller.openInspector(id), `Transferscope: ${label}`);
    };
    return { label, description: 'run of this window', attach };
  });
  const all = [...batches, ...runs];
  if (all.length === 0)
    throw new UserError(
      'worker',
      'No worker of this window is at work; run Debug One Batch… first, or start a run with transferscope.onClose set to stop.',
    );
  const chosen = all.length === 1 ? all[0] : await vscode.window.showQuickPick(all, { placeHolder: 'Which worker?' });
  await chosen?.attach();
}

/** `port`: of a worker on the machine that runs the extension. */
export async function attachToPort(port: number, name: string): Promise<void> {
  const isAttached = await vscode.debug.startDebugging(undefined, {
    ...{ type: 'node', request: 'attach', name, address: '127.0.0.1', port },
    // The worker is one bundle; its sources are in the project.
    ...{ sourceMaps: true, continueOnAttach: true, skipFiles: ['<node_internals>/**'] },
  });
  if (!isAttached)
    throw new UserError(
      'worker',
      `The editor could not attach its debugger; attach another one to 127.0.0.1:${port}, such as chrome://inspect.`,
    );
}
