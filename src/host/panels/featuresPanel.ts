/** Features panels: what analyses of single images of one experiment have left, over all of its runs. The page reads it itself. */
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import {
  isFeaturesTarget,
  type FeaturesIntent,
  type FeaturesModel,
  type FeaturesTarget,
} from '../../shared/protocol/panels/featuresPanel';
import { createFeaturesModel, type FeaturesRun } from '../../shared/views/features/featuresPanel';
import { isExperimentFile } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { RunServices } from '../runs/runServices';
import { createAnalysisStarts, isAnalysisIntent, type AnalysisStarts } from './analysisStarts';
import { panelFolder } from './panelHtml';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';

type Kind = PanelKind<FeaturesTarget, FeaturesModel, FeaturesIntent>;
type Urls = (uri: vscode.Uri) => string;

export function featuresPanelKind(services: RunServices, selection: SharedSelection): Kind {
  return {
    viewType: 'transferscope.featuresPanel',
    bundle: 'features',
    title: ({ file }) => `Features: ${nameOf(file)}`,
    isTarget: isFeaturesTarget,
    createSource: (target, toUrl) => createSource(services, selection, { target, toUrl }),
    roots: ({ out }) => Promise.resolve([vscode.Uri.file(path.join(out, 'stages'))]),
  };
}

interface PanelPlace {
  readonly target: FeaturesTarget;
  readonly toUrl: Urls;
}

function createSource(
  services: RunServices,
  selection: SharedSelection,
  place: PanelPlace,
): PanelSource<FeaturesModel, FeaturesIntent> {
  const { target } = place;
  const changed = new vscode.EventEmitter<void>();
  const fire = (): void => changed.fire();
  const starts = createAnalysisStarts(services, target.file);
  const subscriptions = [
    changed,
    services.onDidChangeRuns(fire),
    services.onDidChangeLaunch(({ request }) => request.file === target.file && fire()),
    services.catalog.onDidChange(fire),
    selection.onDidChange(fire),
    vscode.workspace.onDidGrantWorkspaceTrust(fire),
  ];
  return {
    onDidChange: changed.event,
    read: () => readModel(services, { ...place, selection, starts }),
    handle: async (intent) => {
      if (!isAnalysisIntent(intent)) {
        const { pretraining, transfer, layer, image } = intent.selection;
        // Named even when absent: a message drops what is undefined.
        return selection.change({ pretraining, transfer, layer, image });
      }
      await starts.handle(intent);
      fire();
    },
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}

interface ModelParts extends PanelPlace {
  readonly selection: SharedSelection;
  readonly starts: AnalysisStarts;
}

async function readModel(
  services: RunServices,
  { target, toUrl, selection, starts }: ModelParts,
): Promise<FeaturesModel> {
  const { out, file } = target;
  const { library, catalog, results } = services;
  // A restored panel may be asked before the folders have been read, or of a folder outside the workspace.
  library.addFolder(out);
  await library.ready();
  const uri = vscode.Uri.file(file);
  const entry = isExperimentFile(uri) ? await catalog.read(uri) : undefined;
  const own = runsOf(library, file).filter((run) => run.out === out);
  if (own.length === 0 && !entry) throw new UserError('storage', `There is no run of ${file} in ${out} any more.`);
  const runs: FeaturesRun[] = [];
  for (const run of own) {
    const { manifest } = run;
    if (!manifest) continue;
    const { changed } = await results.readOrigin(run, entry?.parsed.experiment);
    runs.push({ run: run.run, stages: manifest.stages, launch: manifest.launch, changed });
  }
  const keys = runs.flatMap(({ stages }) => stages.filter(({ kind }) => kind === 'analysis').map(({ key }) => key));
  const { records } = await library.records(out, new Set(keys));
  const fileUrl = (at: string): string => toUrl(vscode.Uri.file(at));
  const model = createFeaturesModel({
    ...{ runs, records, experiment: entry?.parsed.experiment, title: nameOf(file) },
    folderOf: (key) => fileUrl(path.join(out, 'stages', key)),
    offer: await starts.offer(),
    started: starts.started(),
    selection: selection.get(),
  });
  const folder = panelFolder(services.context.extensionUri);
  return { ...model, workerScript: toUrl(vscode.Uri.joinPath(folder, 'featuresWorker.js')) };
}

function nameOf(file: string): string {
  return path.basename(file).replace(/\.transfer\.(ya?ml|json)$/, '');
}
