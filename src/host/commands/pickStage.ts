/** Lets the user pick a finished stage of a kind: of the run that is given, else of one that has such stages. */
import * as vscode from 'vscode';
import type { PlannedStage } from '../../shared/results/runManifest';
import type { StageRecord } from '../../shared/results/records';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { pickRun } from './pick';

export interface StageQuestion {
  /** `Detections`: what is asked for. */
  readonly what: string;
  /** When no run has any, as a sentence. */
  readonly none: string;
  readonly isWanted: (record: StageRecord | undefined) => boolean;
}

export interface PickedStage {
  readonly run: LibraryRun;
  readonly stage: PlannedStage;
}

export async function pickStage(
  services: RunServices,
  argument: unknown,
  { what, none, isWanted }: StageQuestion,
): Promise<PickedStage | undefined> {
  await services.library.ready();
  const found = new Map<LibraryRun, PlannedStage[]>();
  for (const run of services.library.runs()) {
    const stages = await listStages(services, run, isWanted);
    if (stages.length > 0) found.set(run, stages);
  }
  const isOffered = (run: LibraryRun): boolean =>
    [...found.keys()].some((one) => one.out === run.out && one.run === run.run);
  const run = await pickRun(services, argument, { placeHolder: `${what} of which run?`, none, isWanted: isOffered });
  const stages = run && (await listStages(services, run, isWanted));
  if (!run || !stages) return undefined;
  if (stages.length === 0) {
    void vscode.window.showInformationMessage(`${run.run} has no ${what.toLowerCase()} yet.`);
    return undefined;
  }
  const items = stages.map((stage) => ({
    label: stage.pretraining,
    description: `${stage.transfer}, seed ${stage.seed}`,
    stage,
  }));
  const placeHolder = `${what} of which pretraining?`;
  const picked = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { placeHolder });
  return picked && { run, stage: picked.stage };
}

async function listStages(
  { library }: RunServices,
  { out, manifest }: LibraryRun,
  isWanted: StageQuestion['isWanted'],
): Promise<PlannedStage[]> {
  const stages = (manifest?.stages ?? []).filter(({ kind }) => kind === 'transfer');
  const { records } = await library.records(
    out,
    stages.map(({ key }) => key),
  );
  return stages.filter(({ key }) => isWanted(records.get(key)));
}
