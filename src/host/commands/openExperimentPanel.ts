/** Opens a panel of an experiment, Features or Embedding: of the run or file given, of the file in front, or of what the user picks. */
import * as vscode from 'vscode';
import { isAnalysesTarget, type AnalysesTarget } from '../../shared/protocol/panels/analysesPanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import type { PanelOpener } from '../panels/panelKind';
import { findTarget, resultsFolderOf, type RunServices } from '../runs/runServices';
import { pickExperiment, targetOf } from './pick';

export async function openExperimentPanel(
  services: RunServices,
  opener: PanelOpener<AnalysesTarget>,
  argument: unknown,
): Promise<void> {
  if (isAnalysesTarget(argument)) return opener.open({ out: argument.out, file: argument.file });
  const given = isRunReference(argument) ? ({ type: 'run', ...argument } as const) : targetOf(argument);
  await services.library.ready();
  const run = findTarget(services, given);
  if (run) return opener.open({ out: run.out, file: run.file });
  const file = await pickExperiment(services, argument);
  if (!file) return;
  if (file.scheme !== 'file')
    return void vscode.window.showErrorMessage('Results are files on disk; this experiment is in a virtual folder.');
  opener.open({ out: resultsFolderOf(file), file: file.fsPath });
}
