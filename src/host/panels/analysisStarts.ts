/** Starts analyses from panels: launches them beside those of an experiment file, or writes them into it. */
import path from 'node:path';
import * as vscode from 'vscode';
import { requestRunStop } from '../../runs/requestStop';
import { UserError } from '../../shared/errors';
import { fixForAnalysis, type AnalysisText } from '../../shared/experiment/addAnalysis';
import { listAnalysisKinds } from '../../shared/experiment/analysisKinds';
import { layerNames } from '../../shared/experiment/layers';
import { usualLayers } from '../../shared/experiment/resolveAnalysis';
import type { Experiment } from '../../shared/experiment/schema';
import { unusedId } from '../../shared/experiment/unusedId';
import type {
  AnalysisIntent,
  AnalysisOffer,
  AnalysisWish,
  StartedAnalysis,
} from '../../shared/protocol/panels/analysisStart';
import { createStarted, launchName, type AnalysisLaunch } from '../../shared/views/analyses/startedAnalyses';
import { isExperimentFile, type CatalogEntry } from '../runs/experimentCatalog';
import { launchExperiment } from '../runs/launchExperiment';
import { runsOf } from '../runs/resultsReader';
import { hasEnded, type Launch } from '../runs/runController';
import { launchOf, type RunServices } from '../runs/runServices';
import { toRunView } from '../views/registerViews';
import { applyQuickFix, revealEnd } from './writeExperiment';

/** Of one experiment file, for one panel. */
export interface AnalysisStarts {
  offer(): Promise<AnalysisOffer>;
  started(): StartedAnalysis[];
  handle(intent: AnalysisIntent): Promise<void>;
}

export function isAnalysisIntent(intent: { readonly type: string }): intent is AnalysisIntent {
  return ['startAnalysis', 'addAnalysis', 'cancelAnalysis'].includes(intent.type);
}

export function createAnalysisStarts(services: RunServices, file: string): AnalysisStarts {
  const uri = vscode.Uri.file(file);
  /** Failures that the user has seen. */
  const dismissed = new Set<number>();
  const readEntry = async (): Promise<CatalogEntry | undefined> =>
    isExperimentFile(uri) ? services.catalog.read(uri) : undefined;
  const launches = (): Launch[] =>
    services.controller.launches().filter(({ id, request }) => {
      return request.file === file && (request.analyses ?? []).length > 0 && !dismissed.has(id);
    });
  return {
    offer: async () => createOffer(file, await readEntry()),
    started: () => {
      const runs = runsOf(services.library, file).flatMap((run) => {
        const analyses = namesOf(run.manifest?.launch.analyses);
        const launch = launchOf(services, run)?.id;
        return analyses.length > 0 ? [{ view: toRunView(services, run), analyses, launch }] : [];
      });
      return createStarted(runs, launches().flatMap(describeLaunch));
    },
    handle: async (intent) => {
      if (intent.type === 'cancelAnalysis') return cancel(intent.id);
      const entry = await readEntry();
      const experiment = entry?.parsed.experiment;
      if (!entry || !experiment) throw new UserError('config', createOffer(file, entry).refusal ?? `${file} is gone.`);
      const analysis = nameAnalysis(intent.wish, takenIds(services, file, experiment));
      if (intent.type === 'addAnalysis') return writeAnalysis(entry, analysis);
      const { seed } = intent.wish;
      const seeds = seed === undefined ? {} : { seeds: [seed] };
      await launchExperiment(services, uri, { only: [analysis.id], analyses: [analysis], ...seeds });
    },
  };

  async function cancel(id: string): Promise<void> {
    const launch = launches().find((one) => launchName(one.id) === id);
    if (launch) {
      if (hasEnded(launch)) dismissed.add(launch.id);
      else services.controller.stop(launch.id);
      return;
    }
    const run = runsOf(services.library, file).find((one) => `run:${one.run}` === id);
    if (run) await requestRunStop(run.out, run.run);
  }
}

function describeLaunch({ id, request, state, failure }: Launch): AnalysisLaunch[] {
  const shown = state === 'interrupted' ? 'failed' : state;
  if (shown === 'done' || shown === 'stopped') return [];
  return [{ id, analyses: namesOf(request.analyses), state: shown, ...(failure !== undefined && { failure }) }];
}

function namesOf(analyses: readonly AnalysisText[] = []): string[] {
  return analyses.map(({ id, kind }) => String(id ?? kind));
}

function createOffer(file: string, entry: CatalogEntry | undefined): AnalysisOffer {
  const nothing = { kinds: [], pretrainings: [], layers: [], usual: [], data: [] };
  const name = path.basename(file);
  const experiment = entry?.parsed.experiment;
  if (!entry) return { ...nothing, refusal: `${name} is not here, so nothing more can be computed for it.` };
  if (!experiment) return { ...nothing, refusal: `${name} has errors; mend them to start an analysis.` };
  const offer = {
    kinds: listAnalysisKinds(),
    pretrainings: experiment.pretrainings.map(({ id }) => id),
    layers: layerNames(experiment.backbone),
    usual: usualLayers(experiment.backbone),
    data: Object.entries(experiment.data).map(([id, { test }]) => ({ id, split: test })),
  };
  if (vscode.workspace.isTrusted) return offer;
  return { ...offer, refusal: 'Nothing runs in a workspace that is not trusted; results of earlier runs show.' };
}

/** Names of the file, and of what was started before: results are told apart by them. */
function takenIds({ library, controller }: RunServices, file: string, experiment: Experiment): Set<string> {
  const { pretrainings, transfers, analyses } = experiment;
  const started = runsOf(library, file).flatMap(({ manifest }) => manifest?.stages ?? []);
  const launched = controller.launches().filter(({ request }) => request.file === file);
  return new Set([
    ...[...pretrainings, ...transfers, ...analyses].map(({ id }) => id),
    ...started.flatMap(({ analysis }) => analysis ?? []),
    ...launched.flatMap(({ request }) => namesOf(request.analyses)),
  ]);
}

function nameAnalysis({ analysis }: AnalysisWish, taken: ReadonlySet<string>): AnalysisText & { readonly id: string } {
  const { kind, id: asked, ...settings } = analysis;
  // What is written into the file keeps the name that its results have.
  const id = typeof asked === 'string' ? asked : unusedId(kind, taken);
  return { kind, id, ...settings };
}

/** Opens the file with the new entry selected, not saved: the user has the last word. */
async function writeAnalysis({ uri, parsed }: CatalogEntry, analysis: AnalysisText): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const fix = document.getText() === parsed.document.text ? fixForAnalysis(parsed.document, analysis) : undefined;
  if (!fix)
    throw new UserError('config', `${path.basename(uri.fsPath)} cannot be changed here; write it below \`analyses\`.`);
  await applyQuickFix(document, fix);
  await revealEnd(document, fix);
}
