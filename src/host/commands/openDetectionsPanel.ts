/** Opens the Detections panel: of the stages given, of COCO files given, or of a run's detections that the user picks. */
import { isDetectionsTarget, type DetectionsTarget } from '../../shared/protocol/panels/detectionsPanel';
import { isRunReference } from '../../shared/protocol/panels/panelMessages';
import { isDetectionRecord } from '../../shared/views/detections/detectionsPanel';
import type { PanelOpener } from '../panels/panelKind';
import type { RunServices } from '../runs/runServices';
import { pickStage } from './pickStage';

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
  const picked = await pickStage(services, argument, {
    what: 'Detections',
    none: 'No run here has detections yet. Right-click a COCO results file (.json) to look at those.',
    isWanted: isDetectionRecord,
  });
  if (picked) opener.open({ kind: 'stages', out: picked.run.out, run: picked.run.run, stages: [picked.stage.id] });
}
