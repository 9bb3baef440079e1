/**
 * The experiment file: its schema as written, and the types of the experiment that it resolves to. Settings themselves
 * are described in the *Fields files; this one puts them together. `parse` reads text, `resolve` fills in what is not
 * written. Left out here: what they mean.
 */
import { z } from 'zod';
import { analysisSchema, type AnalysisSettings } from './analysisSchema';
import { tableSchema, type TableSettings } from './tableFields';
import { backboneFields } from './backboneFields';
import type { BackboneConfig } from './backbones/config';
import {
  celebaFields,
  cityscapesFields,
  cocoFields,
  emojiFields,
  emojiScenesFields,
  idxFields,
  imageListsFields,
  imageFolderFields,
  labelPngsFields,
  ptsFields,
  vocFields,
  vocSegmentationFields,
} from './dataFields';
import { field, required, type DeepReadonly, type Filled, type Shape } from './fields';
import {
  identifier,
  pretrainingFields,
  type bankFields,
  type embeddingFields,
  type momentumFields,
  type monitorFields,
  type trainingFields,
} from './pretrainingFields';
import type { MomentumMethod } from './methods';
import { resourceFields, type ResourceSettings } from './resourceFields';
import type { WeightsMapping } from '../weights/recognise';
import { runtimeNames } from './runtimeName';
import { transferSchema, type TransferSettings } from './transferSchema';

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
  z.strictObject(imageListsFields),
  z.strictObject(celebaFields),
  z.strictObject(ptsFields),
]);

export const pretrainingSchema = z.strictObject(pretrainingFields);

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
  tables: field(z.array(tableSchema).max(100), {
    doc: 'Tables that the report prints besides its own, in the form of a paper and with published numbers.',
    default: [],
  }),
  resources: field(z.strictObject(resourceFields), {
    doc: 'What each job asks of a cluster (`transferscope submit`), unless its entry says otherwise.',
    defaultText: 'see its keys',
  }),
});

/** The experiment as it is written. */
export type ExperimentFile = z.output<typeof experimentSchema>;
export type WrittenPretraining = z.output<typeof pretrainingSchema>;
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
export type ImageListsData = DataOf<typeof imageListsFields>;
export type CelebaData = DataOf<typeof celebaFields>;
export type PtsData = DataOf<typeof ptsFields>;
export type FaceData = CelebaData | PtsData;
export type CityscapesData = DataOf<typeof cityscapesFields>;
export type VocSegmentationData = DataOf<typeof vocSegmentationFields, 'classes'>;
export type LabelPngsData = DataOf<typeof labelPngsFields, 'values'>;
/** Data with label maps and nothing else. */
export type LabelData = CityscapesData | VocSegmentationData | LabelPngsData;
export type DataSettings = EmojiData | ImageFolderData | ImageListsData | IdxData | SceneData | LabelData | FaceData;

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
  readonly resources?: ResourceSettings;
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

/** The weights of another pretraining in the middle of its training. */
export interface SnapshotPretraining extends PretrainingBase {
  readonly method: 'snapshot';
  /** Id of a pretraining that is trained here. */
  readonly of: string;
  /** One of its `snapshots`. */
  readonly at: number;
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
  /** When weights are kept on the way, ascending, in the unit of the length; absent where there are none. */
  readonly snapshots?: readonly number[];
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
/** The same machinery, another set of positives and negatives. */
export interface MomentumPretraining
  extends TrainingSettings, Filled<typeof embeddingFields>, Filled<typeof momentumFields> {
  readonly method: MomentumMethod;
}
export type TrainedPretraining = SupervisedPretraining | InstDiscPretraining | MomentumPretraining;
export type PretrainingSettings = RandomPretraining | ImportedPretraining | SnapshotPretraining | TrainedPretraining;

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
  readonly tables: readonly TableSettings[];
  readonly resources?: ResourceSettings;
}
