/** Results to and from other tools: a run as files of a tracker, results made elsewhere as a run. */
import path from 'node:path';
import * as vscode from 'vscode';
import { importResults as importFile } from '../../runs/exchange/importResults';
import { viewingCommand, type Tracker } from '../../shared/exchange/exportFiles';
import { parsePythonJson } from '../../shared/exchange/pythonJson';
import { formatList } from '../../shared/views/formatNumbers';
import { resultsFolderOf, type RunServices } from '../runs/runServices';
import { runCommandLine } from '../runs/workerProgram';
import { pickRun } from './pick';

const choices: readonly (vscode.QuickPickItem & { readonly tracker: Tracker })[] = [
  { tracker: 'tensorboard', label: 'TensorBoard', description: 'event files' },
  { tracker: 'mlflow', label: 'MLflow', description: 'a file store' },
  { tracker: 'wandb', label: 'Weights & Biases', description: 'offline runs to sync' },
  { tracker: 'dvc', label: 'DVC', description: 'metrics, parameters and plots' },
];

/** Asks for run, tracker and folder. The command line does it, so that a long curve does not hold up the editor. */
export async function exportRun(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Export which run?',
    none: 'There are no runs here yet.',
    isWanted: ({ manifest }) => manifest !== undefined,
  });
  const choice = run && (await vscode.window.showQuickPick(choices, { placeHolder: `Export ${run.run} to …` }));
  if (!choice) return;
  const { tracker } = choice;
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: `Folder for the files of ${choice.label}`,
      openLabel: 'Export Here',
      ...{ canSelectFiles: false, canSelectFolders: true },
      defaultUri: vscode.Uri.file(path.dirname(run.out)),
    })) ?? [];
  if (!folder) return;
  const args = ['export', run.run, '--to', tracker, '--out', folder.fsPath, '--from', run.out];
  const location = vscode.ProgressLocation.Window;
  await vscode.window.withProgress({ location, title: `Exporting ${run.run}` }, () =>
    runCommandLine(services.program(), args),
  );
  const copy = 'Copy Command';
  const command = viewingCommand(tracker, folder.fsPath, run.run);
  const said = `${run.run} is exported to ${folder.fsPath}. Look at it with: ${command}`;
  const isCopied = (await vscode.window.showInformationMessage(said, copy)) === copy;
  if (isCopied) await vscode.env.clipboard.writeText(command);
}

/** Asks for a file, and for names where it is a plain file of scores. */
export async function importResults(services: RunServices, argument: unknown): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file = argument instanceof vscode.Uri ? argument : await pickFile(folder?.uri);
  if (!file) return;
  const out = resultsFolderOf(folder ? vscode.Uri.joinPath(folder.uri, 'results.json') : file);
  const { packageJSON } = services.context.extension as { packageJSON: { readonly version: string } };
  const plain = (await isPlain(file)) ? await askNames() : {};
  if (!plain) return;
  const { run, source, leftOut } = await importFile({ out, file: file.fsPath, version: packageJSON.version, plain });
  await services.library.update(out, run);
  const open = 'Open Report';
  const rest = leftOut.length > 0 ? ` Left out, as no shares: ${formatList(leftOut)}.` : '';
  const said = `Imported ${run} from ${source}.${rest}`;
  const chosen = await vscode.window.showInformationMessage(said, open);
  if (chosen === open) {
    await vscode.commands.executeCommand('transferscope.openReport', { target: { type: 'run', out, run } });
  }
}

async function pickFile(folder: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Results to import',
      openLabel: 'Import',
      filters: { JSON: ['json'] },
      ...(folder && { defaultUri: folder }),
    })) ?? [];
  return file;
}

/** Whether the file leaves out what a results file says of itself. Anything else about it is judged by the import. */
async function isPlain(file: vscode.Uri): Promise<boolean> {
  try {
    const value: unknown = parsePythonJson(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !('source' in value);
  } catch {
    return false;
  }
}

interface PlainNames {
  readonly pretraining: string;
  readonly transfer?: string;
  readonly isPercent: boolean;
}

async function askNames(): Promise<PlainNames | undefined> {
  const validateInput = (text: string): string | undefined => (text.trim() === '' ? 'A name is needed.' : undefined);
  const pretraining = await vscode.window.showInputBox({
    prompt: 'Whose scores are these? The pretraining.',
    validateInput,
  });
  if (pretraining === undefined) return undefined;
  const transfer = await vscode.window.showInputBox({
    prompt: 'What was measured? The transfer; empty for the names in the file.',
  });
  if (transfer === undefined) return undefined;
  const units = [
    { label: 'Shares, 0 to 1', isPercent: false },
    { label: 'Percent', isPercent: true },
  ];
  const unit = await vscode.window.showQuickPick(units, { placeHolder: 'How are the scores written?' });
  const named = { pretraining: pretraining.trim(), ...(transfer.trim() !== '' && { transfer: transfer.trim() }) };
  return unit && { ...named, isPercent: unit.isPercent };
}
