/** Where VS Code enters: builds the services and registers each part. What a part does is in its folder under src/host. */
import type * as vscode from 'vscode';
import type { ExperimentCheck } from './host/editing/liveDiagnostics';
import { registerEditing } from './host/editing/registerEditing';
import { createLog } from './host/log';
import { registerRuns } from './host/runs/registerRuns';

/** What other extensions may use, and tests measure by. */
export interface ExtensionApi {
  readonly onDidCheckExperiment: vscode.Event<ExperimentCheck>;
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const startedAt = performance.now();
  const log = createLog(context);
  const { onDidCheck } = registerEditing(context, log);
  registerRuns(context, log);
  log.info(`activated in ${(performance.now() - startedAt).toFixed(0)} ms`);
  return { onDidCheckExperiment: onDidCheck };
}
