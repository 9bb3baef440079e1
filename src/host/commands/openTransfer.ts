/** Opens what a transfer of a pretraining is looked at with: its predictions, its detections, or its layers. */
import * as vscode from 'vscode';
import type { RunReference } from '../../shared/protocol/panels/panelMessages';
import { keptImages } from '../../shared/views/selection/imagesBehind';
import { openImages } from '../panels/links';
import type { RunServices } from '../runs/runServices';

export interface ShownTransfer {
  readonly target: RunReference;
  readonly pretraining: string;
  readonly transfer: string;
}

/** Of the first seed that has been measured. */
export async function openTransfer(
  { library }: RunServices,
  { target, pretraining, transfer }: ShownTransfer,
): Promise<void> {
  const found = library.find(target.out, target.run);
  const stages = found?.manifest?.stages ?? [];
  const { records } = await library.records(
    target.out,
    stages.map(({ key }) => key),
  );
  const kept = keptImages({ stages, records }, { pretraining, measure: transfer });
  if (found && kept) return openImages(kept, found);
  await vscode.commands.executeCommand('transferscope.openLayersPanel', target);
}
