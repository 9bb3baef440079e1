/** Opens the Compare panel: of all runs, or of those that are selected in the Runs view. */
import type { CompareTarget } from '../../shared/protocol/panels/comparePanel';
import type { RunReference } from '../../shared/protocol/panels/panelMessages';
import type { PanelOpener } from '../panels/panelKind';
import type { RunServices } from '../runs/runServices';
import { targetOf } from './pick';

export async function openComparePanel(
  services: RunServices,
  opener: PanelOpener<CompareTarget>,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  await services.library.ready();
  const chosen = Array.isArray(selected) && selected.length > 0 ? (selected as readonly unknown[]) : [argument];
  const runs = chosen.flatMap(runOf);
  const different = [...new Map(runs.map((run) => [`${run.out}\n${run.run}`, run])).values()];
  opener.open(different.length === 0 ? {} : { runs: different });
}

function runOf(argument: unknown): RunReference[] {
  const target = targetOf(argument);
  return target?.type === 'run' || target?.type === 'stage' ? [{ out: target.out, run: target.run }] : [];
}
