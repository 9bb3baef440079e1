/** Models of the run panel as the host makes them, from run folders on disk. */
import { createMetricsReader } from '../../src/runs/metricsReader';
import { findCurveKeys, followLoad, readLaunchedExperiment, readLogTail } from '../../src/runs/runDetails';
import { createRunIndex } from '../../src/runs/runIndex';
import type { RunPanelLook, RunPanelModel } from '../../src/shared/protocol/panels/runPanel';
import { CurveSmoother } from '../../src/shared/views/run/runCurves';
import { createRunPanel, selectShown, type PanelRun, type RunPanelInput } from '../../src/shared/views/run/runPanel';

export const wholeLook: RunPanelLook = { pixels: 400, smoothing: 0.6, overlays: [] };

export async function readPanelRun(out: string, run: string): Promise<PanelRun> {
  const index = createRunIndex(out);
  await index.refresh();
  const found = index.runs().find((one) => one.run === run);
  if (!found) throw new Error(`no run ${run}`);
  const stages = found.manifest?.stages ?? [];
  const experiment = await readLaunchedExperiment(found.folder);
  return {
    ...found,
    out,
    records: (await index.records(stages.map(({ key }) => key))).records,
    curveKeys: await findCurveKeys(out, stages),
    ...(experiment && { experiment }),
  };
}

/** What the host's source gives to the view. */
export async function readRunPanelInput(
  out: string,
  run: string,
  look: Partial<RunPanelLook> = {},
): Promise<RunPanelInput> {
  const seen = { ...wholeLook, ...look };
  const main = await readPanelRun(out, run);
  const overlays = await Promise.all(seen.overlays.map((one) => readPanelRun(one.out, one.run)));
  const reader = createMetricsReader();
  const stages = selectShown(main, overlays, seen.stages);
  const shown = await Promise.all(
    stages.map(async (one) => ({ ...one, ...(await reader.read(one.run.out, one.stage.key)) })),
  );
  const folder = `${out}/runs/${run}`;
  const [log, load] = [await readLogTail(folder), await followLoad(folder).read()];
  return { main, overlays, look: seen, shown, smoother: new CurveSmoother(), log, load, isTrusted: true };
}

export async function readRunPanel(out: string, run: string, look: Partial<RunPanelLook> = {}): Promise<RunPanelModel> {
  return createRunPanel(await readRunPanelInput(out, run, look));
}
