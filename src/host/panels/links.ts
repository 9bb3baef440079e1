/** Follows a number of a panel to what is behind it: its images in the panel that has them, its lines in the experiment file. */
import * as vscode from 'vscode';
import type { LinkIntent, MeasuredPlace } from '../../shared/protocol/panels/links';
import { imagesBehind, type FoundImages } from '../../shared/views/selection/imagesBehind';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import type { SharedSelection } from './panelSelection';
import { revealSetting } from './revealSetting';

export interface LinkContext {
  readonly services: RunServices;
  readonly selection: SharedSelection;
  /** That the number is of. */
  readonly run: LibraryRun;
}

export function isLinkIntent(intent: { readonly type: string }): intent is LinkIntent {
  return intent.type === 'showImages' || intent.type === 'showInExperiment';
}

export async function followLink(intent: LinkIntent, context: LinkContext): Promise<void> {
  if (intent.type === 'showInExperiment')
    return revealSetting(context.services, context.run, intent.entry, intent.field);
  const reason = await showImages(intent.of, context);
  if (reason !== undefined) void vscode.window.showInformationMessage(reason);
}

/** Opens the panel that has them, at this pretraining; else says why there are none. */
export async function showImages(of: MeasuredPlace, context: LinkContext): Promise<string | undefined> {
  const { services, selection, run } = context;
  const { out, run: name, file, manifest } = run;
  const stages = manifest?.stages ?? [];
  const { records } = await services.library.records(
    out,
    stages.map(({ key }) => key),
  );
  const found = imagesBehind({ stages, records }, of);
  if ('reason' in found) return found.reason;
  const isTransfer = stages.some(({ transfer }) => transfer === of.measure);
  selection.change({
    ...{ experiment: file, run: name, pretraining: of.pretraining },
    ...(isTransfer && { transfer: of.measure }),
  });
  await openImages(found, run);
  return undefined;
}

export async function openImages(found: FoundImages, { out, run, file }: LibraryRun): Promise<void> {
  const open = (command: string, target: object): Thenable<unknown> =>
    vscode.commands.executeCommand(`transferscope.${command}`, target);
  switch (found.panel) {
    case 'detections':
      return void (await open('openDetectionsPanel', { kind: 'stages', out, run, stages: [found.stage] }));
    case 'predictions':
      return void (await open('openPredictionsPanel', { out, run, stages: [found.stage] }));
    case 'features':
      return void (await open('openFeaturesPanel', { out, file }));
    case 'embedding':
      return void (await open('openEmbeddingPanel', { out, file }));
  }
}
