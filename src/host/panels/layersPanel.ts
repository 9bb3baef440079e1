/** Layers panels: where their model comes from, and what is done for their user. What is drawn is in webview/panels/layers. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import { UserError } from '../../shared/errors';
import type { LayersIntent, LayersModel, LayersTarget } from '../../shared/protocol/panels/layersPanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import { createLayersModel } from '../../shared/views/layers/layersPanel';
import { isExperimentFile } from '../runs/experimentCatalog';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';

export function layersPanelKind(
  services: RunServices,
  selection: SharedSelection,
): PanelKind<LayersTarget, LayersModel, LayersIntent> {
  return {
    viewType: 'transferscope.layersPanel',
    bundle: 'layers',
    title: ({ run }) => `Layers: ${run}`,
    isTarget: isRunReference,
    createSource: (target) => createSource(services, selection, target),
  };
}

function createSource(
  services: RunServices,
  selection: SharedSelection,
  target: LayersTarget,
): PanelSource<LayersModel, LayersIntent> {
  const changed = new vscode.EventEmitter<void>();
  const fire = (): void => changed.fire();
  const subscriptions = [
    changed,
    services.onDidChangeRuns(fire),
    services.catalog.onDidChange(fire),
    selection.onDidChange(fire),
  ];
  return {
    onDidChange: changed.event,
    read: async () => readModel(services, selection, await findRun(services, target)),
    handle: async (intent) => {
      if (intent.type === 'reveal') return reveal(services, target, intent.entry);
      const { pretraining, transfer, layer } = intent.selection;
      // Named even when absent: a message drops what is undefined.
      selection.change({ pretraining, transfer, layer });
    },
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}

/** A restored panel may be asked before the folders have been read, or of a folder outside the workspace. */
async function findRun({ library }: RunServices, { out, run }: LayersTarget): Promise<LibraryRun> {
  library.addFolder(out);
  await library.ready();
  const found = library.find(out, run);
  if (!found) throw new UserError('storage', `There is no run ${run} in ${out} any more.`);
  return found;
}

async function readModel(services: RunServices, selection: SharedSelection, run: LibraryRun): Promise<LayersModel> {
  const { manifest, status, state, message, problems } = run;
  if (!manifest)
    throw new UserError('storage', `${run.run} cannot be read: ${problems[0] ?? 'its manifest is missing'}.`);
  const keys = manifest.stages.map(({ key }) => key);
  const uri = vscode.Uri.file(manifest.file);
  // A run of another machine names a file that is not here.
  const entry = isExperimentFile(uri) ? await services.catalog.read(uri) : undefined;
  const [{ records }, origin] = await Promise.all([
    services.library.records(run.out, keys),
    services.results.readOrigin(run, entry?.parsed.experiment),
  ]);
  const failure = message ?? status?.message;
  return createLayersModel({
    run: run.run,
    state,
    isUnderWay: isUnderWay(state),
    manifest,
    records: [...records.values()],
    launched: origin.launched,
    changed: origin.changed,
    hasFile: entry !== undefined,
    selection: selection.get(),
    problems: [...(failure === undefined ? [] : [failure]), ...problems],
  });
}

/** Opens the experiment file beside the panel, at the entry's line. */
async function reveal(services: RunServices, target: LayersTarget, id: string | undefined): Promise<void> {
  const run = await findRun(services, target);
  const uri = vscode.Uri.file(run.file);
  const { pretrainings = [], transfers = [] } = (await services.catalog.read(uri))?.outline ?? {};
  const entry = [...pretrainings, ...transfers].find((one) => one.id === id);
  const line = entry === undefined ? undefined : entry.line - 1;
  const options: vscode.TextDocumentShowOptions = {
    viewColumn: columnOf(uri),
    ...(line !== undefined && { selection: new vscode.Range(line, 0, line, 0) }),
  };
  await vscode.commands.executeCommand('vscode.open', uri, options);
}

/** Where the file is open already; else the first column, so that it does not cover the panel beside it. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return editor?.viewColumn ?? vscode.ViewColumn.One;
}
