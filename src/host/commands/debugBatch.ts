/** Opens the Batch panel of a stage: of the one given, of those at a lens, or of one that the user picks. */
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import { isBatchTarget, type BatchTarget } from '../../shared/protocol/panels/batchPanel';
import { offerStages } from '../../shared/views/batch/batchPanel';
import type { BatchPanels } from '../panels/batchPanel';
import type { PanelOpener } from '../panels/panelKind';
import type { RunServices } from '../runs/runServices';
import { pickExperiment, targetOf } from './pick';

export interface BatchCommand {
  readonly services: RunServices;
  readonly opener: PanelOpener<BatchTarget>;
  readonly panels: BatchPanels;
}

/** `argument`: a target, a file, or a tree's entry. `written`: an entry as the file has it. */
export async function debugBatch(
  { services, opener, panels }: BatchCommand,
  argument: unknown,
  written?: unknown,
): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new UserError('worker', 'Nothing runs in a workspace that is not trusted; trust it to look into a batch.');
  const target = isBatchTarget(argument) ? argument : await pickTarget(services, argument, written);
  if (!target) return;
  await panels.startWhenOpened(target);
  opener.open(target);
}

async function pickTarget(
  services: RunServices,
  argument: unknown,
  written: unknown,
): Promise<BatchTarget | undefined> {
  const uri = await pickExperiment(services, argument);
  const entry = uri && (await services.catalog.read(uri));
  if (!entry) return undefined;
  const given = targetOf(argument);
  const only = given?.type === 'entry' ? given.entry : typeof written === 'string' ? written : undefined;
  const stages = offerStages(entry.outline, entry.parsed.experiment?.seeds[0] ?? 0, only);
  if (stages.length === 0)
    throw new UserError(
      'config',
      `${vscode.workspace.asRelativePath(uri)} has no pretraining or transfer yet; add one.`,
    );
  const placeHolder = 'Look into one update of which stage?';
  const picked = stages.length === 1 ? stages[0] : await vscode.window.showQuickPick(stages, { placeHolder });
  return picked && { file: uri.fsPath, stage: picked.stage };
}
