/** Opens the Detections panel: of the stages given, of COCO files given, or of a run's detections that the user picks. */
import * as vscode from 'vscode';
import { isDetectionsTarget, type DetectionsTarget } from '../../shared/protocol/panels/detectionsPanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import type { PlannedStage } from '../../shared/results/records';
import { isDetectionRecord } from '../../shared/views/detections/detectionsPanel';
import type { PanelOpener } from '../panels/panelKind';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { pickRun } from './pick';

export async function openDetectionsPanel(
  services: RunServices,
  opener: PanelOpener<DetectionsTarget>,
  argument: unknown,
): Promise<void> {
  if (isDetectionsTarget(argument)) return opener.open(argument);
  if (isRunReference(argument) && 'stage' in argument && typeof argument.stage === 'string') {
    const { out, run, stage } = argument;
    return opener.open({ kind: 'stages', out, run, stages: [stage] });
  }
  await services.library.ready();
  const found = new Map<LibraryRun, PlannedStage[]>();
  for (const run of services.library.runs()) {
    const stages = await listDetections(services, run);
    if (stages.length > 0) found.set(run, stages);
  }
  const isWanted = (run: LibraryRun): boolean =>
    [...found.keys()].some((one) => one.out === run.out && one.run === run.run);
  const none = 'No run here has detections yet. Right-click a COCO results file (.json) to look at those.';
  const run = await pickRun(services, argument, { placeHolder: 'Detections of which run?', none, isWanted });
  const stages = run && (await listDetections(services, run));
  if (!run || !stages) return;
  if (stages.length === 0) return void vscode.window.showInformationMessage(`${run.run} has no detections yet.`);
  const items = stages.map((stage) => ({
    label: stage.pretraining,
    description: `${stage.transfer}, seed ${stage.seed}`,
    stage,
  }));
  const picked =
    items.length === 1
      ? items[0]
      : await vscode.window.showQuickPick(items, { placeHolder: 'Detections of which pretraining?' });
  if (picked) opener.open({ kind: 'stages', out: run.out, run: run.run, stages: [picked.stage.id] });
}

async function listDetections({ library }: RunServices, { out, manifest }: LibraryRun): Promise<PlannedStage[]> {
  const stages = (manifest?.stages ?? []).filter(({ kind }) => kind === 'transfer');
  const { records } = await library.records(
    out,
    stages.map(({ key }) => key),
  );
  return stages.filter(({ key }) => isDetectionRecord(records.get(key)));
}
