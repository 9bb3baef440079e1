/** What panels have in common that show what analyses of one experiment have left, over all of its runs. */
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import type { Experiment } from '../../shared/experiment/schema';
import type { AnalysisIntent, RevealAnalysisIntent } from '../../shared/protocol/panels/analysisStart';
import type { AnalysesTarget } from '../../shared/protocol/panels/analysesPanel';
import type { AnalysesInput, AnalysisRun } from '../../shared/views/analyses/analysisStages';
import { isExperimentFile } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { RunServices } from '../runs/runServices';
import { createAnalysisStarts, isAnalysisIntent, type AnalysisStarts } from './analysisStarts';
import { panelFolder } from './panelHtml';
import type { PanelSource } from './panelWire';
import { revealSetting } from './revealSetting';

export interface AnalysesPanelParts {
  readonly services: RunServices;
  readonly target: AnalysesTarget;
  readonly toUrl: (uri: vscode.Uri) => string;
  /** Of the panel's worker, as it is bundled. */
  readonly worker: string;
}

interface AnalysesReading<Model, Own> {
  create(input: AnalysesInput): Omit<Model, 'workerScript'>;
  /** What only this panel does. */
  handle?(intent: Own, input: AnalysesInput): Promise<void>;
}

export function createAnalysesSource<Model, Own extends { readonly type: string } = never>(
  parts: AnalysesPanelParts,
  reading: AnalysesReading<Model, Own>,
): PanelSource<Model, AnalysisIntent | RevealAnalysisIntent | Own> {
  const { services, target, toUrl, worker } = parts;
  const changed = new vscode.EventEmitter<void>();
  const fire = (): void => changed.fire();
  const starts = createAnalysisStarts(services, target.file);
  const subscriptions = [
    changed,
    services.onDidChangeRuns(fire),
    services.onDidChangeLaunch(({ request }) => request.file === target.file && fire()),
    services.catalog.onDidChange(fire),
    vscode.workspace.onDidGrantWorkspaceTrust(fire),
  ];
  return {
    onDidChange: changed.event,
    read: async () => {
      const model = reading.create(await readInput(parts, starts));
      const folder = panelFolder(services.context.extensionUri);
      return { ...model, workerScript: toUrl(vscode.Uri.joinPath(folder, worker)) } as Model;
    },
    handle: async (intent) => {
      if (isAnalysisIntent(intent)) {
        await starts.handle(intent);
        return fire();
      }
      if (isReveal(intent)) return revealAnalysis(services, target.out, intent);
      await reading.handle?.(intent, await readInput(parts, starts));
    },
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}

function isReveal(intent: { readonly type: string }): intent is RevealAnalysisIntent {
  return intent.type === 'revealAnalysis';
}

async function revealAnalysis(services: RunServices, out: string, intent: RevealAnalysisIntent): Promise<void> {
  const run = services.library.find(out, intent.run);
  if (!run) throw new UserError('storage', `There is no run ${intent.run} in ${out} any more.`);
  await revealSetting(services, run, intent.analysis, undefined);
}

async function readInput(
  { services, target, toUrl }: AnalysesPanelParts,
  starts: AnalysisStarts,
): Promise<AnalysesInput> {
  const { out, file } = target;
  const { library, catalog, results } = services;
  // A restored panel may be asked before the folders have been read, or of a folder outside the workspace.
  library.addFolder(out);
  await library.ready();
  const uri = vscode.Uri.file(file);
  const entry = isExperimentFile(uri) ? await catalog.read(uri) : undefined;
  const own = runsOf(library, file).filter((run) => run.out === out);
  if (own.length === 0 && !entry) throw new UserError('storage', `There is no run of ${file} in ${out} any more.`);
  const runs: AnalysisRun[] = [];
  for (const run of own) {
    const { manifest } = run;
    if (!manifest) continue;
    const { changed, launched } = await results.readOrigin(run, entry?.parsed.experiment);
    const dataFolders = launched && foldersOf(launched, manifest.baseDir);
    runs.push({ run: run.run, stages: manifest.stages, launch: manifest.launch, changed, dataFolders });
  }
  const keys = runs.flatMap(({ stages }) => stages.filter(({ kind }) => kind === 'analysis').map(({ key }) => key));
  const { records } = await library.records(out, new Set(keys));
  return {
    ...{ runs, records, experiment: entry?.parsed.experiment, title: experimentName(file) },
    folderOf: (key) => toUrl(vscode.Uri.file(path.join(out, 'stages', key))),
    offer: await starts.offer(),
    started: starts.started(),
  };
}

/** Of data whose images are files. */
function foldersOf({ data }: Experiment, baseDir: string): Record<string, string> {
  const found = Object.entries(data).flatMap(([id, settings]) =>
    'root' in settings ? [[id, path.resolve(baseDir, settings.root)] as const] : [],
  );
  return Object.fromEntries(found);
}

/** Of an experiment file, as titles have it. */
export function experimentName(file: string): string {
  return path.basename(file).replace(/\.transfer\.(ya?ml|json)$/, '');
}
