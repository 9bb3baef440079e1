/** From a run's stages to where the Predictions panel finds what they have predicted. */
import { UserError } from '../../errors';
import type { Experiment } from '../../experiment/schema';
import type { PredictionsKind, PredictionsModel, PredictionsRun } from '../../protocol/panels/predictionsPanel';
import { EPISODES_FILE } from '../../results/episodes';
import { LANDMARKS_FILE } from '../../results/landmarks';
import type { PlannedStage } from '../../results/runManifest';
import type { StageRecord, TransferResult } from '../../results/records';
import { SEGMENTATION_FILE } from '../../results/segmentations';
import { formatCount, formatPercent, metricName } from '../formatNumbers';
import { pretrainingLooks } from '../pretrainingLooks';
import { testImagesOf } from '../selection/shownStages';

const kinds: Readonly<Record<string, PredictionsKind>> = {
  [SEGMENTATION_FILE]: 'segmentation',
  [LANDMARKS_FILE]: 'landmarks',
  [EPISODES_FILE]: 'episodes',
};

/** What a finished stage has predicted, by the file that it left; undefined for other stages. */
export function predictionsKind(record: StageRecord | undefined): PredictionsKind | undefined {
  if (record?.result.kind !== 'transfer') return undefined;
  const file = Object.keys(kinds).find((name) => name in record.files);
  return file === undefined ? undefined : kinds[file];
}

export interface PredictionsInput {
  readonly run: string;
  /** Ids of one or two stages. */
  readonly chosen: readonly string[];
  readonly stages: readonly PlannedStage[];
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  readonly launched: Experiment | undefined;
  /** URL of the data's folder, if it is there. */
  readonly pictures: string | undefined;
  /** Where that folder should be; undefined for data without files. */
  readonly picturesAt: string | undefined;
  /** URL of a stage's folder. */
  readonly folderOf: (key: string) => string;
}

export function createPredictionsModel(input: PredictionsInput): Omit<PredictionsModel, 'workerScript'> {
  const { run, chosen, stages, records, launched } = input;
  const done = stages.filter(({ key }) => predictionsKind(records.get(key)));
  const shown = chosen.flatMap((id) => done.find((stage) => stage.id === id) ?? []);
  const [first] = shown;
  if (!first)
    throw new UserError('storage', `${run} has no finished predictions of ${chosen[0]}; run or resume it first.`);
  const kind = predictionsKind(records.get(first.key))!;
  const result = records.get(first.key)!.result as TransferResult;
  const images = testImagesOf(launched, first.transfer);
  const planned = stages.map(({ pretraining }) => pretraining);
  const lookOf = pretrainingLooks(launched, planned);
  const toRun = (stage: PlannedStage): PredictionsRun => ({
    id: stage.id,
    name: describeRun(stage, records.get(stage.key)!.result as TransferResult),
    folder: input.folderOf(stage.key),
    look: lookOf(stage.pretraining),
    ...{ pretraining: stage.pretraining, seed: stage.seed },
  });
  const others = done.filter(
    (stage) =>
      !shown.includes(stage) &&
      predictionsKind(records.get(stage.key)) === kind &&
      isComparable(first, stage, launched),
  );
  const { pictures, picturesAt } = input;
  return {
    kind,
    title: `${first.transfer}: ${shown.map(({ pretraining }) => pretraining).join(' and ')}`,
    about: `${formatCount(result.testImages)} test images of ${result.data}, run ${run}`,
    runs: shown.map(toRun),
    others: [...shown.slice(1), ...others].map(toRun),
    transfer: first.transfer ?? '',
    ...(images && { images }),
    ...(pictures !== undefined && { pictures }),
    ...(pictures === undefined &&
      picturesAt !== undefined && { missing: `Drawn without pictures: ${picturesAt} is not here.` }),
  };
}

function describeRun({ pretraining, seed }: PlannedStage, { headline }: TransferResult): string {
  const value = formatPercent({ mean: headline.value, halfWidth: undefined });
  return `${pretraining}, seed ${seed} (${metricName(headline.metric)} ${value})`;
}

/** The same test images: the same transfer, and where those are drawn by the seed, the same seed. */
function isComparable(first: PlannedStage, other: PlannedStage, launched: Experiment | undefined): boolean {
  if (other.transfer !== first.transfer) return false;
  const transfer = launched?.transfers.find(({ id }) => id === first.transfer);
  const isDrawn = transfer === undefined || ('testImages' in transfer && transfer.testImages !== undefined);
  return !isDrawn || other.seed === first.seed;
}

/** Folder of a transfer's data, relative to the experiment's; undefined for data without files. */
export function dataFolder({ data, transfers }: Experiment, transferId: string): string | undefined {
  const transfer = transfers.find(({ id }) => id === transferId);
  const settings = transfer && data[transfer.data];
  return settings && 'root' in settings ? settings.root : undefined;
}
