/** Layers panels: where their model comes from, and what is done for their user. What is drawn is in webview/panels/layers. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import { UserError } from '../../shared/errors';
import type { LayersIntent, LayersModel, LayersTarget } from '../../shared/protocol/panels/layersPanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import { createLayersModel } from '../../shared/views/layers/layersPanel';
import type { PlannedStage } from '../../shared/results/runManifest';
import { isExperimentFile } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { createAnalysisStarts, isAnalysisIntent, type AnalysisStarts } from './analysisStarts';
import { followLink, isLinkIntent } from './links';
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
    selectionOf: ({ out, run }) => selection.of(() => services.library.find(out, run)?.file),
  };
}

function createSource(
  services: RunServices,
  selection: SharedSelection,
  target: LayersTarget,
): PanelSource<LayersModel, LayersIntent> {
  const changed = new vscode.EventEmitter<void>();
  const fire = (): void => changed.fire();
  /** Of the run's experiment file, once the run has been found. */
  let starts: AnalysisStarts | undefined;
  const subscriptions = [
    changed,
    services.onDidChangeRuns(fire),
    services.onDidChangeLaunch(({ request }) => void ((request.analyses ?? []).length > 0 && fire())),
    services.catalog.onDidChange(fire),
  ];
  return {
    onDidChange: changed.event,
    read: async () => {
      const run = await findRun(services, target);
      starts ??= createAnalysisStarts(services, run.file);
      const model = await readModel(services, run);
      return { ...model, analyses: { offer: await starts.offer(), started: starts.started() } };
    },
    handle: async (intent) => {
      if (isAnalysisIntent(intent)) {
        await starts?.handle(intent);
        return fire();
      }
      const run = await findRun(services, target);
      return isLinkIntent(intent) ? followLink(intent, { services, selection, run }) : openFile(run);
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

async function readModel(services: RunServices, run: LibraryRun): Promise<LayersModel> {
  const { manifest, status, state, message, problems } = run;
  if (!manifest)
    throw new UserError('storage', `${run.run} cannot be read: ${problems[0] ?? 'its manifest is missing'}.`);
  const stages = [...manifest.stages, ...laterAnalyses(services, run)];
  const keys = stages.map(({ key }) => key);
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
    manifest: { ...manifest, stages },
    records: [...records.values()],
    launched: origin.launched,
    changed: origin.changed,
    hasFile: entry !== undefined,
    problems: [...(failure === undefined ? [] : [failure]), ...problems],
  });
}

/** What was started from panels on what this run has made: its results stand with the run's own. */
function laterAnalyses({ library }: RunServices, { out, file, manifest, createdAt = '' }: LibraryRun): PlannedStage[] {
  const own = new Set(manifest?.stages.map(({ analysis }) => analysis));
  const later = runsOf(library, file).filter((run) => run.out === out && (run.createdAt ?? '') > createdAt);
  return later.flatMap(({ manifest: other }) => {
    const added = new Set((other?.launch.analyses ?? []).map(({ id, kind }) => String(id ?? kind)));
    const stages = other?.stages ?? [];
    return stages.filter(({ analysis }) => analysis !== undefined && added.has(analysis) && !own.has(analysis));
  });
}

/** Beside the panel. */
async function openFile({ file }: LibraryRun): Promise<void> {
  const uri = vscode.Uri.file(file);
  await vscode.commands.executeCommand('vscode.open', uri, { viewColumn: columnOf(uri) });
}

/** Where the file is open already; else the first column, so that it does not cover the panel beside it. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return editor?.viewColumn ?? vscode.ViewColumn.One;
}
