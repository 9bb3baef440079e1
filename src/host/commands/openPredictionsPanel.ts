/** Opens the Predictions panel: of the stages given, or of those of a run that the user picks. */
import { isPredictionsTarget, type PredictionsTarget } from '../../shared/protocol/panels/predictionsPanel';
import { predictionsKind } from '../../shared/views/predictions/predictionsPanel';
import type { PanelOpener } from '../panels/panelKind';
import type { RunServices } from '../runs/runServices';
import { pickStage } from './pickStage';

export async function openPredictionsPanel(
  services: RunServices,
  opener: PanelOpener<PredictionsTarget>,
  argument: unknown,
): Promise<void> {
  if (isPredictionsTarget(argument)) return opener.open(argument);
  const picked = await pickStage(services, argument, {
    what: 'Predictions',
    none: 'No run here has predictions of a segmentation, of landmarks or of few-shot episodes yet.',
    isWanted: (record) => predictionsKind(record) !== undefined,
  });
  if (picked) opener.open({ out: picked.run.out, run: picked.run.run, stages: [picked.stage.id] });
}
