/** Opens what a transfer of a pretraining is looked at with: its predictions, its detections, or its layers. */
import * as vscode from 'vscode';
import type { RunReference } from '../../shared/protocol/panels/panelMessages';
import { isDetectionRecord } from '../../shared/views/detections/detectionsPanel';
import { predictionsKind } from '../../shared/views/predictions/predictionsPanel';
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
  const { out, run } = target;
  const planned = library.find(out, run)?.manifest?.stages ?? [];
  const stages = planned.filter((one) => one.pretraining === pretraining && one.transfer === transfer);
  const { records } = await library.records(
    out,
    stages.map(({ key }) => key),
  );
  const open = (command: string, argument: unknown): Thenable<unknown> =>
    vscode.commands.executeCommand(`transferscope.${command}`, argument);
  for (const { id, key } of stages) {
    const record = records.get(key);
    if (predictionsKind(record)) return void (await open('openPredictionsPanel', { out, run, stages: [id] }));
    if (isDetectionRecord(record))
      return void (await open('openDetectionsPanel', { kind: 'stages', out, run, stages: [id] }));
  }
  await open('openLayersPanel', target);
}
