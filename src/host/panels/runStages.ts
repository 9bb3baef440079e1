/** The planned stages of a run and what it was launched with, for panels that read what stages left. */
import { stat } from 'node:fs/promises';
import { UserError } from '../../shared/errors';
import type { Experiment } from '../../shared/experiment/schema';
import type { PlannedStage } from '../../shared/results/runManifest';
import type { RunServices } from '../runs/runServices';

export interface RunStages {
  readonly stages: readonly PlannedStage[];
  readonly launched: Experiment | undefined;
  /** Folder that relative paths of the experiment refer to. */
  readonly baseDir: string;
}

/** `seg of random: all-1`: of several panels of one run each says which it is. */
export function titleOfStages({
  run,
  stages: [first = ''],
}: {
  readonly run: string;
  readonly stages: readonly string[];
}): string {
  const [, pretraining, transfer] = /^(.*)\/seed-\d+\/(.*)$/.exec(first) ?? [];
  return transfer === undefined ? `${first}: ${run}` : `${transfer} of ${pretraining}: ${run}`;
}

/** Throws a user error when the run or the first of the stages that are asked for is gone. */
export async function readRunStages(
  services: RunServices,
  { out, run, stages }: { readonly out: string; readonly run: string; readonly stages: readonly string[] },
): Promise<RunStages & { readonly first: PlannedStage }> {
  services.library.addFolder(out);
  await services.library.ready();
  const found = services.library.find(out, run);
  if (!found?.manifest) throw new UserError('storage', `There is no run ${run} in ${out} any more.`);
  const { launched } = await services.results.readOrigin(found, undefined);
  const { stages: all, baseDir } = found.manifest;
  const first = all.find(({ id }) => id === stages[0]);
  if (!first) throw new UserError('storage', `${run} has no stage ${stages[0]} any more; open the panel from the run.`);
  return { stages: all, launched, baseDir, first };
}

export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
