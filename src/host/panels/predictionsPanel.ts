/** Predictions panels: in which folders stages left what they have predicted. The page reads it itself, and nothing else. */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  isPredictionsTarget,
  type PredictionsIntent,
  type PredictionsModel,
  type PredictionsTarget,
} from '../../shared/protocol/panels/predictionsPanel';
import { createPredictionsModel, dataFolder } from '../../shared/views/predictions/predictionsPanel';
import type { RunServices } from '../runs/runServices';
import { panelFolder } from './panelHtml';
import { followLink } from './links';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { isThere, readRunStages, titleOfStages, type RunStages } from './runStages';

type Kind = PanelKind<PredictionsTarget, PredictionsModel, PredictionsIntent>;

export function predictionsPanelKind(services: RunServices, selection: SharedSelection): Kind {
  return {
    viewType: 'transferscope.predictionsPanel',
    bundle: 'predictions',
    title: titleOfStages,
    isTarget: isPredictionsTarget,
    createSource: (target, toUrl) => createSource(services, selection, { target, toUrl }),
    selectionOf: ({ out, run }) => selection.of(() => services.library.find(out, run)?.file),
    roots: async (target) => {
      const { pictures } = await readTarget(services, target).catch(() => ({ pictures: undefined }));
      const folders = [path.join(target.out, 'stages'), ...(pictures === undefined ? [] : [pictures])];
      return folders.map((folder) => vscode.Uri.file(folder));
    },
  };
}

function createSource(
  services: RunServices,
  selection: SharedSelection,
  { target, toUrl }: { readonly target: PredictionsTarget; readonly toUrl: (uri: vscode.Uri) => string },
): PanelSource<PredictionsModel, PredictionsIntent> {
  const changed = new vscode.EventEmitter<void>();
  const subscriptions = [changed, services.onDidChangeRuns(() => changed.fire())];
  const fileUrl = (file: string): string => toUrl(vscode.Uri.file(file));
  const workerScript = toUrl(vscode.Uri.joinPath(panelFolder(services.context.extensionUri), 'predictionsWorker.js'));
  return {
    onDidChange: changed.event,
    read: async () => {
      const { stages, launched, pictures } = await readTarget(services, target);
      const { records } = await services.library.records(
        target.out,
        stages.map(({ key }) => key),
      );
      const model = createPredictionsModel({
        ...{ run: target.run, chosen: target.stages, stages, records, launched },
        pictures: pictures !== undefined && (await isThere(pictures)) ? fileUrl(pictures) : undefined,
        picturesAt: pictures,
        folderOf: (key) => fileUrl(path.join(target.out, 'stages', key)),
      });
      return { ...model, workerScript };
    },
    handle: (intent) => {
      const run = services.library.find(target.out, target.run);
      return run && followLink(intent, { services, selection, run });
    },
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}

/** `pictures`: folder of the data, where they are files. */
async function readTarget(
  services: RunServices,
  target: PredictionsTarget,
): Promise<RunStages & { readonly pictures: string | undefined }> {
  const { first, ...found } = await readRunStages(services, target);
  const folder = found.launched && dataFolder(found.launched, first.transfer ?? '');
  return { ...found, pictures: folder === undefined ? undefined : path.resolve(found.baseDir, folder) };
}
