/** Transfers in the experiment file: their schemas as written, and the types that they resolve to. */
import { z } from 'zod';
import { required, type DeepReadonly, type Filled } from './fields';
import { classificationFields, detectionFields, fineTuningFields } from './fineTuningFields';
import { landmarkFields, landmarkProbeFields, landmarkTrainingFields } from './landmarkFields';
import type { ResourceSettings } from './resourceFields';
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
import type { EmojiData } from './schema';

const task = <T extends string>(name: T, doc: string) => required(z.literal(name), { doc });

const linearProbeSchema = z.strictObject({
  task: task('linear-probe', 'A linear classifier on the frozen features of every layer asked for.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...budgetFields,
  ...probeFields,
  ...sweepFields,
});
const knnSchema = z.strictObject({
  task: task('knn', 'A weighted vote of the nearest training images; nothing is trained.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...budgetFields,
  ...knnFields,
});
const retrievalSchema = z.strictObject({
  task: task('retrieval', 'Finding the same thing in another split, such as the same emoji drawn by another vendor.'),
  ...commonTransferFields,
  ...frozenFields,
  ...retrievalFields,
});
const { trainImages: _trainImages, testImages: _testImages, ...wholeSplits } = splitFields;
const fewShotSchema = z.strictObject({
  task: task('few-shot', 'Recognising classes from a few images each, over many random episodes; on frozen features.'),
  ...commonTransferFields,
  ...frozenFields,
  ...wholeSplits,
  ...fewShotFields,
});
const multilabelSchema = z.strictObject({
  task: task(
    'multilabel-probe',
    'Which classes a picture holds: a linear SVM for each class on frozen features, scored by mean average precision.',
  ),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...multilabelFields,
});
const classificationSchema = z.strictObject({
  task: task('classification', 'Fine-tuning the network with a new classifier, on all labels or some of them.'),
  ...commonTransferFields,
  ...splitFields,
  ...budgetFields,
  ...fineTuningFields,
  ...classificationFields,
});
const detectionSchema = z.strictObject({
  task: task('detection', 'Fine-tuning a detector, or a detector that also segments, and scoring its boxes and masks.'),
  ...commonTransferFields,
  ...splitFields,
  ...fineTuningFields,
  ...detectionFields,
});
const segmentationSchema = z.strictObject({
  task: task(
    'semantic-segmentation',
    'Fine-tuning a network that gives every pixel a class, and scoring its label maps.',
  ),
  ...commonTransferFields,
  ...splitFields,
  ...fineTuningFields,
  ...segmentationFields,
});
const landmarkProbeSchema = z.strictObject({
  task: task('landmark-probe', 'A linear regression of landmarks on the frozen features of every layer asked for.'),
  ...commonTransferFields,
  ...frozenFields,
  ...splitFields,
  ...landmarkFields,
  ...landmarkProbeFields,
});
const landmarksSchema = z.strictObject({
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

export type WrittenTransfer = z.output<typeof transferSchema>;

export type PoolSettings = 'average' | { readonly maxDimension: number };

interface TransferBase {
  readonly id: string;
  readonly about?: string;
  readonly resources?: ResourceSettings;
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
