/**
 * Detections panels: where the files of detection stages, or of anybody's detector, are. The page reads them itself; what
 * it may read are the folders named here and no others.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisIntent } from '../../shared/protocol/panels/analysisStart';
import type { Experiment } from '../../shared/experiment/schema';
import type {
  DetectionsIntent,
  DetectionsModel,
  DetectionsTarget,
  FilesTarget,
  Pictures,
  StagesTarget,
} from '../../shared/protocol/panels/detectionsPanel';
import { isDetectionsTarget } from '../../shared/protocol/panels/detectionsPanel';
import type { PlannedStage } from '../../shared/results/runManifest';
import { createStagesModel, pictureFolder } from '../../shared/views/detections/detectionsPanel';
import { pickImageFolder, pickOtherResults } from '../commands/openCocoResults';
import type { RunServices } from '../runs/runServices';
import { createAnalysisStarts, isAnalysisIntent } from './analysisStarts';
import { panelFolder } from './panelHtml';
import { followLink, isLinkIntent } from './links';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { isThere, readRunStages, titleOfStages } from './runStages';

type Kind = PanelKind<DetectionsTarget, DetectionsModel, DetectionsIntent>;

export function detectionsPanelKind(
  services: RunServices,
  selection: SharedSelection,
  open: (target: DetectionsTarget) => void,
): Kind {
  return {
    viewType: 'transferscope.detectionsPanel',
    bundle: 'detections',
    title: (target) =>
      target.kind === 'stages'
        ? titleOfStages(target)
        : `Detections: ${target.results.map((file) => path.basename(file, '.json')).join(' and ')}`,
    isTarget: isDetectionsTarget,
    createSource: (target, toUrl) => createSource(services, target, { toUrl, open, selection }),
    selectionOf: (target) => selection.of(() => (target.kind === 'stages' ? fileOf(services, target) : undefined)),
    roots: async (target) => {
      if (target.kind === 'files') return rootsOf(target).map((folder) => vscode.Uri.file(folder));
      const { images } = await readStages(services, target).catch(() => ({ images: undefined }));
      const folders = [path.join(target.out, 'stages'), ...(images === undefined ? [] : [images])];
      return folders.map((folder) => vscode.Uri.file(folder));
    },
  };
}

function rootsOf({ truth, images, results }: FilesTarget): string[] {
  return [...new Set([truth, ...results].map((file) => path.dirname(file))), ...(images === undefined ? [] : [images])];
}

interface PanelLinks {
  readonly toUrl: (uri: vscode.Uri) => string;
  readonly open: (target: DetectionsTarget) => void;
  readonly selection: SharedSelection;
}

function createSource(
  services: RunServices,
  target: DetectionsTarget,
  { toUrl, open, selection }: PanelLinks,
): PanelSource<DetectionsModel, DetectionsIntent> {
  const changed = new vscode.EventEmitter<void>();
  const subscriptions = [changed, services.onDidChangeRuns(() => target.kind === 'stages' && changed.fire())];
  const fileUrl = (file: string): string => toUrl(vscode.Uri.file(file));
  const workerScript = toUrl(vscode.Uri.joinPath(panelFolder(services.context.extensionUri), 'detectionsWorker.js'));
  return {
    onDidChange: changed.event,
    read: async () =>
      target.kind === 'files'
        ? filesModel(target, workerScript, fileUrl)
        : stagesModel(services, target, { workerScript, fileUrl }),
    handle: async (intent) => {
      if (isAnalysisIntent(intent)) return analyse(services, target, intent);
      if (isLinkIntent(intent)) {
        const run = target.kind === 'stages' ? services.library.find(target.out, target.run) : undefined;
        return run && followLink(intent, { services, selection, run });
      }
      if (target.kind !== 'files') return;
      const next =
        intent.type === 'chooseImages' ? await pickImageFolder(services, target) : await pickOtherResults(target);
      if (next) open(next);
    },
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}

function filesModel(target: FilesTarget, workerScript: string, fileUrl: (file: string) => string): DetectionsModel {
  const { truth, images, results } = target;
  const nameOf = (file: string): string => path.basename(file, path.extname(file));
  const none: Pictures = {
    kind: 'none',
    reason: 'The boxes are drawn without images: no folder of images was chosen.',
  };
  return {
    title: results.map(nameOf).join(' and '),
    about: `COCO results, judged by ${vscode.workspace.asRelativePath(truth)}`,
    workerScript,
    truth: fileUrl(truth),
    runs: results.map((file, look) => ({
      ...{ id: file, name: nameOf(file), url: fileUrl(file), look },
      evidence: { reason: 'Files of results hold boxes and scores, no proposals and no features.' },
    })),
    others: [],
    images: { data: truth, split: '' },
    pictures: images === undefined ? none : { kind: 'files', base: fileUrl(images) },
    canAddResults: true,
  };
}

interface ReadStages {
  readonly stages: readonly PlannedStage[];
  readonly launched: Experiment | undefined;
  /** Folder of the test images; undefined for composed ones. */
  readonly images: string | undefined;
}

async function readStages(services: RunServices, target: StagesTarget): Promise<ReadStages> {
  const { stages, launched, baseDir, first } = await readRunStages(services, target);
  const folder = launched && pictureFolder(launched, first.transfer ?? '');
  const images = folder === undefined ? undefined : path.resolve(baseDir, folder);
  return { stages, launched, images };
}

async function stagesModel(
  services: RunServices,
  target: StagesTarget,
  { workerScript, fileUrl }: { readonly workerScript: string; readonly fileUrl: (file: string) => string },
): Promise<DetectionsModel> {
  const { stages, launched, images } = await readStages(services, target);
  const file = fileOf(services, target);
  const offer = file === undefined ? undefined : await createAnalysisStarts(services, file).offer();
  const { records } = await services.library.records(
    target.out,
    stages.map(({ key }) => key),
  );
  const model = createStagesModel({
    run: target.run,
    chosen: target.stages,
    stages,
    records,
    launched,
    images: images !== undefined && (await isThere(images)) ? fileUrl(images) : undefined,
    missingImages: images,
    urlOf: (key, name) => fileUrl(path.join(target.out, 'stages', key, name)),
    offer,
  });
  return { ...model, workerScript };
}

/** The experiment file that the run was launched from. */
function fileOf({ library }: RunServices, { out, run }: StagesTarget): string | undefined {
  return library.find(out, run)?.manifest?.file;
}

/** Starts it, and shows what comes of it where results of such analyses show. */
async function analyse(services: RunServices, target: DetectionsTarget, intent: AnalysisIntent): Promise<void> {
  const file = target.kind === 'stages' ? fileOf(services, target) : undefined;
  if (target.kind !== 'stages' || file === undefined) return;
  await createAnalysisStarts(services, file).handle(intent);
  if (intent.type === 'startAnalysis')
    await vscode.commands.executeCommand('transferscope.openFeaturesPanel', { out: target.out, file });
}
