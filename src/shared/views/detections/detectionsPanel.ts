/** From a run's detection stages to where the Detections panel finds their files. */
import { UserError } from '../../errors';
import type { Experiment } from '../../experiment/schema';
import type { AnalysisOffer } from '../../protocol/panels/analysisStart';
import type { DetectionsModel, DetectionsRun, Pictures } from '../../protocol/panels/detectionsPanel';
import type { PlannedStage } from '../../results/runManifest';
import type { StageRecord, TransferResult } from '../../results/records';
import { EVIDENCE_FILE } from '../../results/evidence';
import { formatCount, formatPercent } from '../formatNumbers';
import { pretrainingLooks } from '../pretrainingLooks';
import { testImagesOf } from '../selection/shownStages';

/** Names of the files that a detection stage leaves. */
const files = { truth: 'annotations.json', found: 'detections.json' } as const;

export interface StagesInput {
  readonly run: string;
  /** Ids of one or two stages. */
  readonly chosen: readonly string[];
  readonly stages: readonly PlannedStage[];
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  readonly launched: Experiment | undefined;
  /** URL of the folder of the test images, if it is there. */
  readonly images: string | undefined;
  /** Where that folder should be. */
  readonly missingImages: string | undefined;
  readonly urlOf: (key: string, file: string) => string;
  /** What can be analysed with the run's experiment file, where it is known. */
  readonly offer?: AnalysisOffer | undefined;
}

/** A finished detection stage: its files are there to be drawn. */
export function isDetectionRecord(record: StageRecord | undefined): record is StageRecord & { result: TransferResult } {
  return record?.result.kind === 'transfer' && files.found in record.files;
}

export function createStagesModel(input: StagesInput): Omit<DetectionsModel, 'workerScript'> {
  const { run, chosen, stages, records, launched, urlOf } = input;
  const done = stages.filter(({ key }) => isDetectionRecord(records.get(key)));
  const shown = chosen.flatMap((id) => done.find((stage) => stage.id === id) ?? []);
  const [first] = shown;
  if (!first)
    throw new UserError('storage', `${run} has no finished detection of ${chosen[0]}; run or resume it first.`);
  const record = records.get(first.key)!;
  const result = record.result as TransferResult;
  const imagesOf = testImagesOf(launched, first.transfer);
  const planned = stages.map(({ pretraining }) => pretraining);
  const lookOf = pretrainingLooks(launched, planned);
  const toRun = (stage: PlannedStage): DetectionsRun => ({
    id: stage.id,
    name: nameOf(stage, records.get(stage.key)!.result as TransferResult),
    url: urlOf(stage.key, files.found),
    look: lookOf(stage.pretraining),
    ...{ pretraining: stage.pretraining, seed: stage.seed },
    evidence:
      EVIDENCE_FILE in records.get(stage.key)!.files
        ? { url: urlOf(stage.key, EVIDENCE_FILE) }
        : {
            reason: `Made before proposals and features were kept. Delete .transferscope/stages/${stage.key} and run again to see them.`,
          },
  });
  const others = done.filter((stage) => !shown.includes(stage) && isComparable(first, stage, launched));
  return {
    title: `${first.transfer}: ${shown.map(({ pretraining }) => pretraining).join(' and ')}`,
    about: `${formatCount(result.testImages)} test images of ${result.data}, ${result.classes} classes, run ${run}`,
    truth: urlOf(first.key, files.truth),
    runs: shown.map(toRun),
    others: [...shown.slice(1), ...others].map(toRun),
    pictures: findPictures(record, first, input),
    ...(imagesOf && { images: imagesOf }),
    ...(first.transfer !== undefined && { transfer: first.transfer }),
    canAddResults: false,
    ...analysisOf(first, done, input),
  };
}

/** Image i of the files is image i of the split only where all of it was tested. */
function analysisOf(
  { transfer: id }: PlannedStage,
  done: readonly PlannedStage[],
  { launched, offer }: StagesInput,
): Pick<DetectionsModel, 'analysis'> {
  const transfer = launched?.transfers.find((one) => one.id === id);
  if (!offer || transfer?.task !== 'detection' || transfer.testImages !== undefined) return {};
  const models = done.map(({ id: run, pretraining, seed }) => [run, { pretraining, seed }] as const);
  const { data, test: split } = transfer;
  return { analysis: { offer, transfer: transfer.id, data, split, models: Object.fromEntries(models) } };
}

function nameOf({ pretraining, seed }: PlannedStage, { headline }: TransferResult): string {
  return `${pretraining}, seed ${seed} (AP ${formatPercent({ mean: headline.value, halfWidth: undefined })})`;
}

/** The same test images: the same transfer, and where those are drawn by the seed, the same seed. */
function isComparable(first: PlannedStage, other: PlannedStage, launched: Experiment | undefined): boolean {
  if (other.transfer !== first.transfer) return false;
  const transfer = launched?.transfers.find(({ id }) => id === first.transfer);
  const isDrawn = transfer === undefined || ('testImages' in transfer && transfer.testImages !== undefined);
  return !isDrawn || other.seed === first.seed;
}

function findPictures(record: StageRecord, { key }: PlannedStage, input: StagesInput): Pictures {
  const sheets = Object.keys(record.files)
    .filter((name) => /^images-\d+\.webp$/.test(name))
    .sort((a, b) => Number(a.match(/\d+/)![0]) - Number(b.match(/\d+/)![0]));
  if (sheets.length > 0) return { kind: 'sheets', urls: sheets.map((name) => input.urlOf(key, name)) };
  if (input.images !== undefined) return { kind: 'files', base: input.images };
  const where = input.missingImages === undefined ? '' : `: ${input.missingImages} is not here`;
  return { kind: 'none', reason: `The boxes are drawn without images${where}.` };
}

/** Folder of a transfer's test images, relative to the experiment's; undefined for data without image files. */
export function pictureFolder({ data, transfers }: Experiment, transferId: string): string | undefined {
  const transfer = transfers.find(({ id }) => id === transferId);
  if (transfer?.task !== 'detection') return undefined;
  const settings = data[transfer.data];
  if (settings?.kind === 'voc') return `${settings.root}/JPEGImages`;
  if (settings?.kind !== 'coco') return undefined;
  return `${settings.root}/${settings.images.replaceAll('{split}', transfer.test)}`;
}
