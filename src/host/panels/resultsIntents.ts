/** Does what the user asks for in the Results view, by the commands that everybody uses. */
import * as vscode from 'vscode';
import type { ResultsIntent } from '../../shared/protocol/panels/resultsPanel';
import type { RunView } from '../../shared/views/results/runTree';
import type { CatalogEntry } from '../runs/experimentCatalog';
import type { Launch } from '../runs/runController';
import { openTransfer } from '../commands/openTransfer';
import { pickExperiment } from '../commands/pick';
import type { RunServices } from '../runs/runServices';
import type { SharedSelection } from './panelSelection';
import { revealEntry } from './revealLine';

export interface IntentContext {
  readonly services: RunServices;
  readonly selection: SharedSelection;
  readonly entry: CatalogEntry | undefined;
  readonly last: RunView | undefined;
  /** Of this window, under way or waiting. */
  readonly launch: Launch | undefined;
}

const run = (command: string, ...args: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(command, ...args);

export async function handleResultsIntent(intent: ResultsIntent, context: IntentContext): Promise<void> {
  const { entry, selection, services } = context;
  switch (intent.type) {
    case 'newExperiment':
      return void (await run('transferscope.newExperiment'));
    case 'openExperiment': {
      const uri = await pickExperiment(services, undefined);
      if (uri) await vscode.window.showTextDocument(uri);
      return;
    }
    case 'trust':
      return void (await run('workbench.trust.manage'));
    case 'openRun':
      return void (await run('transferscope.openRunPanel', intent.target));
    case 'showLog':
      return void (await run('transferscope.showLog', { target: { type: 'run', ...intent.target } }));
    case 'openTransfer':
      selection.change({ run: intent.target.run, pretraining: intent.pretraining, transfer: intent.transfer });
      return openTransfer(services, intent);
    default:
      if (entry) await handleForFile(intent.type, entry, { ...context, id: 'id' in intent ? intent.id : undefined });
  }
}

type FileIntent = Extract<ResultsIntent['type'], 'run' | 'stop' | 'resume' | 'openFile' | 'showProblems' | 'reveal'>;

async function handleForFile(
  type: FileIntent,
  { uri, outline }: CatalogEntry,
  { last, launch, id }: IntentContext & { readonly id: string | undefined },
): Promise<void> {
  const ofRun = last && { target: { type: 'run', out: last.out, run: last.run } };
  switch (type) {
    case 'run':
      return void (await run('transferscope.runExperiment', uri));
    case 'stop':
      return void (await run('transferscope.stop', launch ? { target: { type: 'launch', id: launch.id } } : ofRun));
    case 'resume':
      return void (await run('transferscope.resume', ofRun));
    case 'openFile':
      return void (await vscode.window.showTextDocument(uri));
    case 'showProblems':
      await vscode.window.showTextDocument(uri);
      return void (await run('workbench.actions.view.problems'));
    case 'reveal':
      return revealEntry(uri, outline, id);
  }
}
