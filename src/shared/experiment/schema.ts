/**
 * The experiment file: its schema as written, and the types of the experiment that it resolves to. Settings themselves
 * are described in the *Fields files; this one puts them together. `parse` reads text, `resolve` fills in what is not
 * written. Left out here: what they mean.
 */
import { z } from 'zod';
import { analysisSchema, type AnalysisSettings } from './analysisSchema';
import { backboneFields } from './backboneFields';
import type { BackboneConfig } from './backbones/config';
import {
  celebaFields,
  cityscapesFields,
  cocoFields,
  emojiFields,
  emojiScenesFields,
  idxFields,
  imageFolderFields,
  labelPngsFields,
  ptsFields,
  vocFields,
  vocSegmentationFields,
} from './dataFields';
import { field, required, type DeepReadonly, type Filled, type Shape } from './fields';
import { classificationFields, detectionFields, fineTuningFields } from './fineTuningFields';
import { landmarkFields, landmarkProbeFields, landmarkTrainingFields } from './landmarkFields';
import {
  identifier,
  pretrainingFields,
  type bankFields,
  type embeddingFields,
  type momentumFields,
  type monitorFields,
  type trainingFields,
} from './pretrainingFields';
import type { WeightsMapping } from '../weights/recognise';
import { runtimeNames } from './runtimeName';
import { segmentationFields } from './segmentationFields';
import {
  budgetFields,
  commonTransferFields,
  fewShotFields,
  frozenFields,
  knnFields,
  multilabelFields,
  probeFields,
  retrievalFields,
  splitFields,
  sweepFields,
} from './transferFields';

export const dataSchema = z.discriminatedUnion('kind', [
  z.strictObject(emojiFields),
  z.strictObject(imageFolderFields),
  z.strictObject(idxFields),
  z.strictObject(emojiScenesFields),
  z.strictObject(vocFields),
  z.strictObject(cocoFields),
  z.strictObject(cityscapesFields),
  z.strictObject(vocSegmentationFields),
  z.strictObject(labelPngsFields),
  z.strictObject(celebaFields),
  z.strictObject(ptsFields),
]);

export const pretrainingSchema = z.strictObject(pretrainingFields);

const task = <T extends string>(name: T, doc: string) => required(z.literal(name), { doc });

export const linearProbeSchema = z.strictObject({
  task: task('linear-probe', 'A linear classifier on the frozen features of every layer asked for.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...budgetFields,
  ...probeFields,
  ...sweepFields,
});
export const knnSchema = z.strictObject({
  task: task('knn', 'A weighted vote of the nearest training images; nothing is trained.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...budgetFields,
  ...knnFields,
});
export const retrievalSchema = z.strictObject({
  task: task('retrieval', 'Finding the same thing in another split, such as the same emoji drawn by another vendor.'),
  ...commonTransferFields,
  ...frozenFields,
  ...retrievalFields,
});
const { trainImages: _trainImages, testImages: _testImages, ...wholeSplits } = splitFields;
export const fewShotSchema = z.strictObject({
  task: task('few-shot', 'Recognising classes from a few images each, over many random episodes; on frozen features.'),
  ...commonTransferFields,
  ...frozenFields,
  ...wholeSplits,
  ...fewShotFields,
});
export const multilabelSchema = z.strictObject({
  task: task(
    'multilabel-probe',
    'Which classes a picture holds: a linear SVM for each class on frozen features, scored by mean average precision.',
  ),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...multilabelFields,
});
export const classificationSchema = z.strictObject({
  task: task('classification', 'Fine-tuning the network with a new classifier, on all labels or some of them.'),
  ...commonTransferFields,
  ...splitFields,
  ...budgetFields,
  ...fineTuningFields,
  ...classificationFields,
});
export const detectionSchema = z.strictObject({
  task: task('detection', 'Fine-tuning a detector, or a detector that also segments, and scoring its boxes and masks.'),
  ...commonTransferFields,
  ...splitFields,
  ...fineTuningFields,
  ...detectionFields,
});
export const segmentationSchema = z.strictObject({
  task: task(
    'semantic-segmentation',
    'Fine-tuning a network that gives every pixel a class, and scoring its label maps.',
  ),
  ...commonTransferFields,
  ...splitFields,
  ...fineTuningFields,
  ...segmentationFields,
});
export const landmarkProbeSchema = z.strictObject({
  task: task('landmark-probe', 'A linear regression of landmarks on the frozen features of every layer asked for.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...landmarkFields,
  ...landmarkProbeFields,
});
export const landmarksSchema = z.strictObject({
  task: task('landmarks', 'Fine-tuning a regression of landmarks, and scoring its normalised errors.'),
  ...commonTransferFields,
  ...splitFields,
  ...fineTuningFields,
  ...landmarkFields,
  ...landmarkTrainingFields,
});
export const transferSchema = z.discriminatedUnion('task', [
  linearProbeSchema,
  knnSchema,
  retrievalSchema,
  fewShotSchema,
  multilabelSchema,
  classificationSchema,
  detectionSchema,
  segmentationSchema,
  landmarkProbeSchema,
  landmarksSchema,
]);

export const experimentSchema = z.strictObject({
  name: required(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .max(64),
    {
      doc: 'Name of the experiment; its run folders are called after it.',
      allowed: 'a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter or digit',
    },
  ),
  about: field(z.string().max(10_000), {
    doc: 'The question that the experiment asks, for readers.',
    defaultText: 'none',
  }),
  seeds: field(z.array(z.int().min(0).max(4_294_967_295)).min(1).max(1000), {
    doc: 'Everything is repeated with each of these seeds; intervals need at least two.',
    default: [0],
  }),
  runtime: field(z.enum(['auto', ...runtimeNames]), { doc: 'What executes the tensors.', default: 'auto' }),
  imageSize: field(z.int().min(8).max(2048), {
    doc: 'Side of the square images that the network sees, unless a pretraining or transfer says otherwise.',
    unit: 'px',
    default: 224,
  }),
  backbone: required(z.strictObject(backboneFields), { doc: 'The network that is pretrained and transferred.' }),
  data: field(z.record(identifier, dataSchema), { doc: 'Images, under names of your choice.', default: {} }),
  pretrainings: required(z.array(pretrainingSchema).min(1).max(1000), {
    doc: 'The rows of the table: ways to get the weights of the backbone.',
  }),
  transfers: field(z.array(transferSchema).max(1000), {
    doc: 'The columns of the table: what the backbones are tested on.',
    default: [],
  }),
  analyses: field(z.array(analysisSchema).max(1000), {
    doc: 'What is computed from the finished pretrainings, to see why they transfer as they do.',
    default: [],
  }),
});

/** The experiment as it is written. */
export type ExperimentFile = z.output<typeof experimentSchema>;
export type WrittenPretraining = z.output<typeof pretrainingSchema>;
export type WrittenTransfer = z.output<typeof transferSchema>;
export type RuntimeChoice = NonNullable<ExperimentFile['runtime']>;

export type BackboneSettings = BackboneConfig;

type DataOf<S extends Shape, Optional extends string = never> = DeepReadonly<
  Omit<Filled<S>, Optional> & Partial<Pick<Filled<S>, Optional & keyof S>>
>;
export type EmojiData = DataOf<typeof emojiFields>;
export type ImageFolderData = DataOf<typeof imageFolderFields, 'list'>;
export type IdxData = DataOf<typeof idxFields>;
export type EmojiScenesData = DataOf<typeof emojiScenesFields, 'classes'>;
export type VocData = DataOf<typeof vocFields, 'classes'>;
export type CocoData = DataOf<typeof cocoFields, 'classes'>;
export type SceneData = EmojiScenesData | VocData | CocoData;
export type CelebaData = DataOf<typeof celebaFields>;
export type PtsData = DataOf<typeof ptsFields>;
export type FaceData = CelebaData | PtsData;
export type CityscapesData = DataOf<typeof cityscapesFields>;
export type VocSegmentationData = DataOf<typeof vocSegmentationFields, 'classes'>;
export type LabelPngsData = DataOf<typeof labelPngsFields, 'values'>;
/** Data with label maps and nothing else. */
export type LabelData = CityscapesData | VocSegmentationData | LabelPngsData;
export type DataSettings = EmojiData | ImageFolderData | IdxData | SceneData | LabelData | FaceData;

/** How the learning rate changes. Milestones and updates are in epochs or steps, as `per` says. */
export type ScheduleSettings =
  | { readonly kind: 'constant'; readonly warmupSteps: number }
  | ({ readonly kind: 'step'; readonly milestones: readonly number[]; readonly gamma: number } & SchedulePace)
  | ({ readonly kind: 'cosine' } & SchedulePace)
  | ({ readonly kind: 'poly'; readonly power: number } & SchedulePace);
interface SchedulePace {
  readonly per: 'step' | 'epoch';
  readonly warmupSteps: number;
}

interface PretrainingBase {
  readonly id: string;
  readonly about?: string;
}
export type RandomPretraining = PretrainingBase & {
  readonly method: 'random';
} & (
    | { readonly batchNorm: 'initial' }
    | {
        readonly batchNorm: 'calibrated';
        /** Key into `Experiment.data`. */
        readonly data: string;
        readonly split: string;
        /** Side in px. */
        readonly imageSize: number;
      }
  );
export interface ImportedPretraining extends PretrainingBase {
  readonly method: 'imported';
  /** As written: relative to the experiment file, may contain `{seed}` and `${workspaceFolder}`. */
  readonly weights: string;
  /** What the file says of the names in the checkpoint; absent when it says nothing. */
  readonly mapping?: WeightsMapping;
}

/** What all trained pretrainings have. */
export interface TrainingSettings extends PretrainingBase, Filled<typeof trainingFields> {
  /** Key into `Experiment.data`. */
  readonly data: string;
  readonly split: string;
  /** Side in px. */
  readonly imageSize: number;
  readonly recipe?: string;
  /** Exactly one of `epochs` and `steps` is there. */
  readonly epochs?: number;
  readonly steps?: number;
  readonly schedule: ScheduleSettings;
  readonly monitor: Filled<typeof monitorFields>;
}
export interface SupervisedPretraining extends TrainingSettings {
  readonly method: 'supervised';
}
export interface InstDiscPretraining extends TrainingSettings, Filled<typeof embeddingFields> {
  readonly method: 'instdisc';
  readonly bank: Filled<typeof bankFields>;
}
/** MoCo, exemplar and SupCon in MoCo form: the same machinery, another set of positives and negatives. */
export interface MomentumPretraining
  extends TrainingSettings, Filled<typeof embeddingFields>, Filled<typeof momentumFields> {
  readonly method: 'moco' | 'exemplar' | 'supcon';
}
export type TrainedPretraining = SupervisedPretraining | InstDiscPretraining | MomentumPretraining;
export type PretrainingSettings = RandomPretraining | ImportedPretraining | TrainedPretraining;

export type PoolSettings = 'average' | { readonly maxDimension: number };

interface TransferBase {
  readonly id: string;
  readonly about?: string;
  /** Key into `Experiment.data`. */
  readonly data: string;
  /** Overrides the labels of `emoji` data. */
  readonly labels?: EmojiData['labels'];
  /** Ids of the pretrainings, matrices expanded. */
  readonly of: readonly string[];
  readonly recipe?: string;
  /** Side in px. */
  readonly imageSize: number;
}
interface FrozenBase extends TransferBase {
  /** Layer names in depth order. */
  readonly layers: readonly string[];
  readonly pool: PoolSettings;
}
interface SplitSettings {
  readonly train: string;
  readonly test: string;
  /** Sizes of random subsets; absent means all. */
  readonly trainImages?: number;
  readonly testImages?: number;
}
/** Part of the labels: a share such as `10%`, or images of each class. */
export type LabelBudget = string | { readonly perClass: number };
interface BudgetSettings {
  /** Absent means all labels. */
  readonly budget?: LabelBudget;
}
export interface LinearProbeTransfer
  extends FrozenBase, SplitSettings, BudgetSettings, DeepReadonly<Filled<typeof probeFields>> {
  readonly task: 'linear-probe';
  /** Values of learningRate or l2 to choose from. */
  readonly sweep?: readonly number[];
}
export interface KnnTransfer extends FrozenBase, SplitSettings, BudgetSettings, Filled<typeof knnFields> {
  readonly task: 'knn';
}
export interface RetrievalTransfer extends FrozenBase {
  readonly task: 'retrieval';
  readonly gallery: string;
  readonly query: string;
}
/** What errors of landmarks are divided by; absent: the usual choice of the data. */
type LandmarkSettings = DeepReadonly<
  Omit<Filled<typeof landmarkFields>, 'normalise'> & Partial<Pick<Filled<typeof landmarkFields>, 'normalise'>>
>;
export interface LandmarkProbeTransfer extends FrozenBase, SplitSettings, LandmarkSettings {
  readonly task: 'landmark-probe';
  readonly hypercolumn: boolean;
  readonly l2: number;
}
export interface FewShotTransfer
  extends FrozenBase, Omit<SplitSettings, 'trainImages' | 'testImages'>, DeepReadonly<Filled<typeof fewShotFields>> {
  readonly task: 'few-shot';
}
export interface MultilabelTransfer extends FrozenBase, SplitSettings, DeepReadonly<Filled<typeof multilabelFields>> {
  readonly task: 'multilabel-probe';
}
/** Transfers that read features of a backbone that stays as it is. */
export type FrozenTransfer =
  LinearProbeTransfer | KnnTransfer | RetrievalTransfer | FewShotTransfer | MultilabelTransfer | LandmarkProbeTransfer;

/** How a transfer trains the backbone further. */
export type FineTuningSettings = DeepReadonly<Filled<typeof fineTuningFields>>;
export interface DetectionTransfer
  extends TransferBase, SplitSettings, FineTuningSettings, DeepReadonly<Filled<typeof detectionFields>> {
  readonly task: 'detection';
}
export interface SegmentationTransfer
  extends
    TransferBase,
    SplitSettings,
    FineTuningSettings,
    DeepReadonly<Omit<Filled<typeof segmentationFields>, 'shortestSide'>> {
  readonly task: 'semantic-segmentation';
  /** Absent: pictures keep their stored size. */
  readonly shortestSide?: number;
}
export interface ClassificationTransfer
  extends
    TransferBase,
    SplitSettings,
    BudgetSettings,
    FineTuningSettings,
    DeepReadonly<Filled<typeof classificationFields>> {
  readonly task: 'classification';
}
export interface LandmarksTransfer
  extends TransferBase, SplitSettings, FineTuningSettings, LandmarkSettings, Filled<typeof landmarkTrainingFields> {
  readonly task: 'landmarks';
}
/** Transfers that train the backbone further. */
export type FineTuningTransfer = DetectionTransfer | SegmentationTransfer | ClassificationTransfer | LandmarksTransfer;
export type TransferSettings = FrozenTransfer | FineTuningTransfer;

const fineTuningTasks: readonly string[] = ['detection', 'semantic-segmentation', 'classification', 'landmarks'];

export function isFineTuning(transfer: TransferSettings): transfer is FineTuningTransfer {
  return fineTuningTasks.includes(transfer.task);
}

/** The experiment with recipes applied, matrices expanded and every default filled in. Plain JSON. */
export interface Experiment {
  readonly name: string;
  readonly about?: string;
  readonly seeds: readonly number[];
  readonly runtime: RuntimeChoice;
  /** Side in px. */
  readonly imageSize: number;
  readonly backbone: BackboneSettings;
  readonly data: Readonly<Record<string, DataSettings>>;
  readonly pretrainings: readonly PretrainingSettings[];
  readonly transfers: readonly TransferSettings[];
  readonly analyses: readonly AnalysisSettings[];
}
