/** From a checked experiment to its stages: looks up what their keys depend on outside the file (data, weights, runtime). */
import { planStages, weightFiles } from '../shared/experiment/plan';
import { selectStages } from '../shared/experiment/selectStages';
import type { Stage } from '../shared/experiment/stages';
import type { ParsedExperiment } from '../shared/experiment/parse';
import type { Experiment } from '../shared/experiment/schema';
import { UserError } from '../shared/errors';
import { codeVersions, runtimeFamily } from './codeVersions';
import type { DataLibrary } from './data/dataLibrary';
import { placePath } from './data/placePath';
import { usedSplits } from './experimentLoader';
import type { Launch } from './launch';
import { hashFile } from './storage/stageStore';

export type CheckedExperiment = ParsedExperiment & { readonly experiment: Experiment };

export async function planRun(
  parsed: CheckedExperiment,
  library: DataLibrary,
  launch: Launch & { readonly runtime: string },
): Promise<readonly Stage[]> {
  const { experiment } = parsed;
  const fingerprints: Record<string, string> = {};
  for (const id of usedSplits(experiment).keys()) fingerprints[id] = (await library.source(id)).fingerprint;
  const fileHashes: Record<string, string> = {};
  for (const file of weightFiles(experiment)) {
    const absolute = placePath(file, launch.baseDir);
    fileHashes[file] = await hashFile(absolute).catch((error: NodeJS.ErrnoException) => {
      throw unreadableWeights(parsed, { written: file, absolute, reason: reasons[error.code ?? ''] ?? error.message });
    });
  }
  const inputs = { fingerprints, fileHashes, runtimeFamily: runtimeFamily(launch.runtime), codeVersions };
  const all = planStages(experiment, inputs);
  return launch.only && launch.only.length > 0 ? selectStages(all, launch.only) : all.stages;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
};

function unreadableWeights(
  { experiment, document, places }: CheckedExperiment,
  file: { readonly written: string; readonly absolute: string; readonly reason: string },
): UserError {
  const owner = experiment.pretrainings.find((pretraining) => {
    if (pretraining.method !== 'imported') return false;
    return experiment.seeds.some((seed) => pretraining.weights.replaceAll('{seed}', String(seed)) === file.written);
  });
  const reader = experiment.analyses.find((one) => one.kind === 'inversion' && one.lpips.includes(file.written));
  const key = owner ? 'weights' : 'lpips';
  const path = places.get((owner ?? reader)?.id ?? '');
  const start = path && document.rangeOf([...path, key]).start;
  const place = start && { file: document.fileName, line: start.line, column: start.column };
  const message = `cannot read the weights ${file.absolute}: ${file.reason}; check the path in "${key}"`;
  return new UserError('weights', message, place);
}
