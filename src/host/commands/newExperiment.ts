/** Writes a new experiment file from a template and opens it. */
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { RunServices } from '../runs/runServices';
import { checkName, fillTemplate, nameOfFile, templateGroups } from '../../shared/templates/experimentTemplate';
import type { ExperimentTemplate } from '../../shared/templates/experimentTemplate';
import { experimentTemplates } from '../../shared/templates/experimentTemplates';

export async function newExperiment(_services: RunServices, argument?: unknown): Promise<void> {
  const template = await pickTemplate();
  if (!template) return;
  const folder = argument instanceof vscode.Uri ? argument : await pickFolder();
  const file = folder ? await nameInFolder(template, folder) : await nameAnywhere();
  if (!file) return;
  const name = nameOfFile(file.path) ?? template.name;
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(fillTemplate(template, name)));
  await vscode.window.showTextDocument(file, { preview: false });
}

/** By what it asks of the user: nothing, or data of their own. Words of a template's explanation find it as well. */
async function pickTemplate(): Promise<ExperimentTemplate | undefined> {
  const items = templateGroups.flatMap((group) => [
    { label: group, kind: vscode.QuickPickItemKind.Separator },
    ...experimentTemplates
      .filter((template) => template.group === group)
      .map((template) => ({ label: template.label, detail: template.detail, template })),
  ]);
  const options = { title: 'New Experiment', placeHolder: 'Begin with what?', matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick<vscode.QuickPickItem & { template?: ExperimentTemplate }>(
    items,
    options,
  );
  return chosen?.template;
}

async function pickFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length < 2) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'In which folder?' }))?.uri;
}

async function nameInFolder(template: ExperimentTemplate, folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  const place = (name: string): vscode.Uri => vscode.Uri.joinPath(folder, `${name}.transfer.yaml`);
  const name = await vscode.window.showInputBox({
    title: 'New Experiment',
    prompt: 'Name of the experiment; the file is called <name>.transfer.yaml',
    value: await freeName(template.name, place),
    validateInput: async (typed) => {
      const wrong = checkName(typed);
      if (wrong !== undefined) return wrong;
      return (await isThere(place(typed))) ? `${typed}.transfer.yaml is there already.` : undefined;
    },
  });
  return name === undefined ? undefined : place(name);
}

/** Without a folder the file goes where the user says. */
async function nameAnywhere(): Promise<vscode.Uri | undefined> {
  const filters = { 'Transferscope experiment': ['transfer.yaml'] };
  const chosen = await vscode.window.showSaveDialog({ title: 'New Experiment', filters });
  if (!chosen) return undefined;
  if (/\.transfer\.ya?ml$/.test(chosen.path)) return chosen;
  const file = chosen.with({ path: `${chosen.path.replace(/\.ya?ml$/, '')}.transfer.yaml` });
  // The dialog asked about the name as it was typed.
  if (await isThere(file)) throw new UserError('config', `${file.fsPath} is there already; choose another name`);
  return file;
}

async function freeName(wanted: string, place: (name: string) => vscode.Uri): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    if (!(await isThere(place(name)))) return name;
  }
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
