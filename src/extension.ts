/** Where VS Code enters: builds the services and registers each part. What a part does is in its folder under src/host. */
import type * as vscode from 'vscode';
import { registerEditing } from './host/editing/registerEditing';
import { createLog } from './host/log';
import { registerRuns } from './host/runs/registerRuns';

export function activate(context: vscode.ExtensionContext): void {
  const startedAt = performance.now();
  const log = createLog(context);
  registerEditing(context, log);
  registerRuns(context, log);
  log.info(`activated in ${(performance.now() - startedAt).toFixed(0)} ms`);
}
